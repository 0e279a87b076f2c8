//! Which table a name in a query means, as its log says now.

use std::collections::BTreeMap;
use std::sync::Arc;

use storage_core::Digest;

use super::layout::Layout;
use super::{Error, Result};
use crate::catalog::names;
use crate::commits::{Kind, Lake, Table, TableName, Zone};

/// What a name stands for: the files of one kind of a table.
type Meaning = (TableName, Kind);

/// What is known about the tables of a lake.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// By the names that engines know: zone and table.
    meanings: BTreeMap<(String, String), Vec<Meaning>>,
    open: BTreeMap<TableName, Arc<Table>>,
    /// With the number of commits that there were.
    layouts: BTreeMap<Meaning, (u64, Option<Arc<Layout>>)>,
}

/// A table that a query reads.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) zone: String,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) table: Arc<Table>,
}

impl Named {
    /// What the rows of the table are told by.
    pub(super) fn head(&self) -> Option<Digest> {
        self.table.state().head()
    }
}

impl Tables {
    /// The table that is called `name` in `zone`, as its log says now. `None` where there is none.
    pub(super) async fn find(
        &mut self,
        lake: &Lake,
        zone: &str,
        name: &str,
    ) -> Result<Option<Named>> {
        let key = (zone.to_owned(), name.to_owned());
        if !self.meanings.contains_key(&key) {
            self.look(lake).await?;
        }
        let (table, kind) = match self.meanings.get(&key).map(Vec::as_slice) {
            None | Some([]) => return Ok(None),
            Some([one]) => one.clone(),
            Some(several) => {
                let tables = several.iter().map(|(table, _)| format!("`{table}`")).collect();
                return Err(Error::TwoTables { name: format!("{zone}.{name}"), tables });
            }
        };
        let table = self.refreshed(lake, &table).await?;
        Ok(Some(Named { zone: key.0, name: key.1, kind, table }))
    }

    /// All tables, as their logs say now. Names that mean two of them are left out.
    pub(super) async fn all(&mut self, lake: &Lake) -> Result<Vec<Named>> {
        self.look(lake).await?;
        let one = |(key, meanings): (&(String, String), &Vec<Meaning>)| match &**meanings {
            [one] => Some((key.clone(), one.clone())),
            _ => None,
        };
        let meanings: Vec<_> = self.meanings.iter().filter_map(one).collect();
        let mut all = Vec::new();
        for ((zone, name), (table, kind)) in meanings {
            let table = self.refreshed(lake, &table).await?;
            all.push(Named { zone, name, kind, table });
        }
        Ok(all)
    }

    /// The columns of a table; `None` where nothing is in it that they could be taken from.
    pub(super) async fn layout(&mut self, named: &Named) -> Result<Option<Arc<Layout>>> {
        let (key, next) = ((named.table.name().clone(), named.kind), named.table.state().next());
        if let Some((then, layout)) = self.layouts.get(&key)
            && *then == next
        {
            return Ok(layout.clone());
        }
        let layout = Layout::of(&named.table, named.kind).await?.map(Arc::new);
        self.layouts.insert(key, (next, layout.clone()));
        Ok(layout)
    }

    /// What the tables of the lake are called.
    pub(super) fn names(&self) -> Vec<String> {
        self.meanings.keys().map(|(zone, name)| format!("{zone}.{name}")).collect()
    }

    /// Looks which tables there are.
    async fn look(&mut self, lake: &Lake) -> Result<()> {
        let mut meanings: BTreeMap<_, Vec<Meaning>> = BTreeMap::new();
        for table in lake.tables().await? {
            let kinds: &[Kind] = match table.zone() {
                Zone::Bronze => &[Kind::Data, Kind::Quarantine, Kind::Duplicates],
                Zone::Silver => &[Kind::Data, Kind::Quarantine],
                Zone::Gold => &[Kind::Data],
            };
            for kind in kinds {
                meanings.entry(names(&table, *kind)).or_default().push((table.clone(), *kind));
            }
        }
        self.meanings = meanings;
        Ok(())
    }

    async fn refreshed(&mut self, lake: &Lake, name: &TableName) -> Result<Arc<Table>> {
        let table = match self.open.get(name) {
            None => Arc::new(lake.reader(name).await?),
            Some(open) => {
                let mut table = Table::clone(open);
                match table.refresh().await?.is_empty() {
                    true => open.clone(),
                    false => Arc::new(table),
                }
            }
        };
        self.open.insert(name.clone(), table.clone());
        Ok(table)
    }
}
