//! The fields of a contract by number, so that values can lie in an array.

/// One field of a contract. Deliberately exhaustive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the field of the same name; the table of fields tells")]
pub enum Slot {
    ApiVersion,
    Kind,
    Id,
    Environment,
    Owner,
    Application,
    Requester,
    Metadata,
    Title,
    Description,
    Created,
    Spec,
    BucketName,
    Purpose,
    PurposeType,
    PurposeDescription,
    StorageClass,
    Encryption,
    EncryptionType,
    KmsKeyAlias,
    Versioning,
    PublicAccess,
    RetentionPolicy,
    RetentionType,
    RetentionRationale,
    Lifecycle,
    ExpireDays,
    TransitionToIaDays,
    TransitionToGlacierDays,
    AccessLogging,
    LoggingEnabled,
    TargetBucket,
    CostAlertGb,
    CorsEnabled,
    Tags,
    CostCenter,
}

impl Slot {
    /// The number of fields.
    pub const COUNT: usize = Self::CostCenter as usize + 1;
}
