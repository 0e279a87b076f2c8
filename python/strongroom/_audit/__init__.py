"""What `strongroom.audit` consists of; import that."""
