//! Python's values as the JSON that `json.dumps(sort_keys=True)` would print, and back.

use audit_chain::json::{Int, Text, Value};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

/// What `json.dumps` would make of `object`.
///
/// # Errors
///
/// `TypeError` for what JSON cannot hold, `ValueError` for two keys that become one, for numbers
/// that are not finite where `allow_nan` is false, and for too deep a nesting; each names the path.
pub(crate) fn from_python(object: &Bound<'_, PyAny>, allow_nan: bool) -> PyResult<Value> {
    Reader { allow_nan, path: Vec::new() }.read(object)
}

/// The same for a value that has a name, which begins the paths.
///
/// # Errors
///
/// As [`from_python`].
pub(super) fn from_python_at(
    name: &str,
    object: &Bound<'_, PyAny>,
    allow_nan: bool,
) -> PyResult<Value> {
    Reader { allow_nan, path: vec![name.to_owned()] }.read(object)
}

struct Reader {
    allow_nan: bool,
    path: Vec<String>,
}

impl Reader {
    fn read(&mut self, object: &Bound<'_, PyAny>) -> PyResult<Value> {
        if let Ok(text) = object.cast::<PyString>() {
            return Ok(Value::String(self::text(text)?));
        }
        if object.is_none() {
            return Ok(Value::Null);
        }
        // `True` is an `int` too.
        if let Ok(boolean) = object.cast::<PyBool>() {
            return Ok(Value::Bool(boolean.is_true()));
        }
        if let Ok(int) = object.cast::<PyInt>() {
            return Ok(Value::Int(self.int(int)?));
        }
        if let Ok(float) = object.cast::<PyFloat>() {
            return self.float(float.value()).map(Value::Float);
        }
        if let Ok(map) = object.cast::<PyDict>() {
            return self.map(map);
        }
        if let Ok(list) = object.cast::<PyList>() {
            return self.list(list.iter());
        }
        if let Ok(tuple) = object.cast::<PyTuple>() {
            return self.list(tuple.iter());
        }
        let kind = object.get_type().name()?;
        let place = self.place();
        Err(PyTypeError::new_err(format!("a {kind} is not JSON{place}: make it text or a number")))
    }

    fn map(&mut self, map: &Bound<'_, PyDict>) -> PyResult<Value> {
        self.deeper()?;
        let mut members = Vec::with_capacity(map.len());
        for (key, value) in map.iter() {
            let name = self.name(&key)?;
            self.path.push(name.to_string());
            members.push((name, self.read(&value)?));
            self.path.pop();
        }
        // `1` and `"1"` are two keys of a dictionary and one name of an object.
        let mut names: Vec<&Text> = members.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            let (name, place) = (pair[0], self.place());
            return Err(PyValueError::new_err(format!("two keys become `{name}`{place}")));
        }
        Ok(Value::Object(members))
    }

    fn list<'py>(&mut self, items: impl Iterator<Item = Bound<'py, PyAny>>) -> PyResult<Value> {
        self.deeper()?;
        let mut values = Vec::new();
        for (at, item) in items.enumerate() {
            self.path.push(at.to_string());
            values.push(self.read(&item)?);
            self.path.pop();
        }
        Ok(Value::Array(values))
    }

    /// The name that `json.dumps` makes of a key.
    fn name(&self, key: &Bound<'_, PyAny>) -> PyResult<Text> {
        if let Ok(text) = key.cast::<PyString>() {
            return self::text(text);
        }
        if key.is_none() {
            return Ok("null".into());
        }
        if let Ok(boolean) = key.cast::<PyBool>() {
            return Ok(if boolean.is_true() { "true" } else { "false" }.into());
        }
        if let Ok(int) = key.cast::<PyInt>() {
            return Ok(self.int(int)?.to_string().into());
        }
        if let Ok(float) = key.cast::<PyFloat>() {
            let float = Value::Float(self.float(float.value())?);
            let spelled = audit_chain::canonical::to_canonical(&float);
            return Ok(String::from_utf8_lossy(&spelled).into_owned().into());
        }
        let kind = key.get_type().name()?;
        let place = self.place();
        Err(PyTypeError::new_err(format!(
            "a key is str, int, float, bool or None, not {kind}{place}"
        )))
    }

    fn int(&self, int: &Bound<'_, PyInt>) -> PyResult<Int> {
        if let Ok(small) = int.extract::<i64>() {
            return Ok(Int::from(small));
        }
        // As `json` does it: whatever a subclass prints, the digits count.
        let digits = int.py().get_type::<PyInt>().call_method1("__repr__", (int,))?;
        let digits: String = digits.extract()?;
        digits.parse().map_err(|error| PyValueError::new_err(format!("{error}{}", self.place())))
    }

    fn float(&self, float: f64) -> PyResult<f64> {
        if float.is_finite() || self.allow_nan {
            return Ok(float);
        }
        let place = self.place();
        Err(PyValueError::new_err(format!("{float} is no number that JSON can hold{place}")))
    }

    fn deeper(&self) -> PyResult<()> {
        if self.path.len() < audit_chain::json::MAX_DEPTH {
            return Ok(());
        }
        let depth = audit_chain::json::MAX_DEPTH;
        Err(PyValueError::new_err(format!("nested deeper than {depth} levels, or holds itself")))
    }

    /// ` at details.rows.3`, to stand at the end of a message.
    fn place(&self) -> String {
        if self.path.is_empty() { String::new() } else { format!(" at `{}`", self.path.join(".")) }
    }
}

/// A string with the surrogates that Rust's own cannot hold.
fn text(text: &Bound<'_, PyString>) -> PyResult<Text> {
    if let Ok(text) = text.to_str() {
        return Ok(text.into());
    }
    let encoded = text.call_method1("encode", ("utf-32-le", "surrogatepass"))?;
    let encoded: Vec<u8> = encoded.extract()?;
    let code_points =
        encoded.chunks_exact(4).map(|it| u32::from_le_bytes([it[0], it[1], it[2], it[3]]));
    Text::from_code_points(code_points)
        .ok_or_else(|| PyValueError::new_err("a string holds no code point above U+10FFFF"))
}
