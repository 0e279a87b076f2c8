//! Plain values between Python, JSON and YAML.

use contract_core::yaml;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDate, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use serde_json::Value;

/// The deepest nesting that is converted; a contract needs three levels, and a dictionary that
/// holds itself has to end somewhere.
const MAX_DEPTH: usize = 32;

/// A value that a document can hold.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Plain {
    Null,
    Boolean(bool),
    /// A whole number of any size, in digits.
    Integer(String),
    /// A number with a fraction, as Python prints it.
    Float(String),
    Text(String),
    /// A date or a moment, as ISO 8601 has it.
    Date(String),
    List(Vec<Plain>),
    Map(Vec<(String, Plain)>),
}

impl Plain {
    /// The value that `object` is.
    ///
    /// # Errors
    ///
    /// `TypeError` for anything a document cannot hold, with the path to it.
    pub(crate) fn from_python(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        convert(object, &mut Vec::new())
    }

    /// The value as one line of YAML 1.2 in flow style, text always in quotes.
    pub(crate) fn to_flow(&self) -> String {
        let mut out = String::new();
        self.flow(&mut out);
        out
    }

    fn flow(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Integer(plain) | Self::Float(plain) | Self::Date(plain) => out.push_str(plain),
            Self::Text(text) => out.push_str(&yaml::quoted(text)),
            Self::List(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { ", " });
                    item.flow(out);
                }
                out.push(']');
            }
            Self::Map(entries) => {
                out.push('{');
                for (at, (key, value)) in entries.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { ", " });
                    out.push_str(&yaml::quoted(key));
                    out.push_str(": ");
                    value.flow(out);
                }
                out.push('}');
            }
        }
    }

    /// The value as JSON; dates become text.
    pub(crate) fn into_json(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Boolean(value) => Value::Bool(value),
            Self::Integer(digits) | Self::Float(digits) => {
                serde_json::from_str(&digits).unwrap_or(Value::String(digits))
            }
            Self::Text(text) | Self::Date(text) => Value::String(text),
            Self::List(items) => items.into_iter().map(Self::into_json).collect(),
            Self::Map(entries) => {
                entries.into_iter().map(|(key, value)| (key, value.into_json())).collect()
            }
        }
    }
}

fn convert(object: &Bound<'_, PyAny>, path: &mut Vec<String>) -> PyResult<Plain> {
    if path.len() > MAX_DEPTH {
        return Err(PyValueError::new_err(format!(
            "the nesting is deeper than {MAX_DEPTH} levels"
        )));
    }
    if object.is_none() {
        return Ok(Plain::Null);
    }
    // A boolean is an integer to Python, and a datetime a date: the narrower type comes first.
    if let Ok(value) = object.cast::<PyBool>() {
        return Ok(Plain::Boolean(value.is_true()));
    }
    if object.is_instance_of::<PyInt>() {
        return Ok(Plain::Integer(object.call_method0("__int__")?.str()?.to_string()));
    }
    if object.is_instance_of::<PyFloat>() {
        return Ok(Plain::Float(object.repr()?.to_string()));
    }
    if let Ok(text) = object.cast::<PyString>() {
        return Ok(Plain::Text(text.to_str()?.to_owned()));
    }
    if object.is_instance_of::<PyDate>() {
        return Ok(Plain::Date(object.call_method0("isoformat")?.str()?.to_string()));
    }
    if let Ok(dict) = object.cast::<PyDict>() {
        let mut entries = Vec::with_capacity(dict.len());
        for (key, value) in dict.iter() {
            let Ok(key) = key.cast::<PyString>() else {
                return Err(refused(path, &format!("the key {} is not text", key.repr()?)));
            };
            path.push(key.to_str()?.to_owned());
            entries.push((key.to_str()?.to_owned(), convert(&value, path)?));
            path.pop();
        }
        return Ok(Plain::Map(entries));
    }
    let items: Vec<_> = match (object.cast::<PyList>(), object.cast::<PyTuple>()) {
        (Ok(list), _) => list.iter().collect(),
        (_, Ok(tuple)) => tuple.iter().collect(),
        _ => {
            let name = object.get_type().qualname()?;
            return Err(refused(path, &format!("a document cannot hold a `{name}`")));
        }
    };
    let mut converted = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        path.push(at.to_string());
        converted.push(convert(item, path)?);
        path.pop();
    }
    Ok(Plain::List(converted))
}

fn refused(path: &[String], message: &str) -> PyErr {
    let place = if path.is_empty() { String::new() } else { format!("`{}`: ", path.join(".")) };
    PyTypeError::new_err(format!("{place}{message}"))
}

/// `value` as Python's `json` module would have it.
pub(crate) fn json_to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(value) => value.into_pyobject(py)?.to_owned().into_any(),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(number), _, _) => number.into_pyobject(py)?.into_any(),
            (_, Some(number), _) => number.into_pyobject(py)?.into_any(),
            (_, _, number) => number.into_pyobject(py)?.into_any(),
        },
        Value::String(text) => text.into_pyobject(py)?.into_any(),
        Value::Array(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(json_to_python(py, item)?)?;
            }
            list.into_any()
        }
        Value::Object(entries) => {
            let dict = PyDict::new(py);
            for (key, value) in entries {
                dict.set_item(key, json_to_python(py, value)?)?;
            }
            dict.into_any()
        }
    })
}
