/**
 * Newtonsoft.Json as policies may use it: the JToken family and JsonConvert.
 */
import {
  changeType,
  convertToken,
  deepEquals,
  descendants,
  fromToken,
  JArray,
  JObject,
  JProperty,
  JTOKEN_TYPES,
  type JToken,
  JValue,
  parseArray,
  parseJson,
  parseObject,
  pathOf,
  selectTokens,
  toToken,
} from "../json.ts";
import { declare, declareEnum, enumOf, type Implementation, registerEnum, typed } from "../members.ts";
import { parseDate, toDateTime, toDateTimeOffset } from "../time.ts";
import { asBase, fullName, isEnum, isValueType, OBJECT, type Type, underlying } from "../types.ts";
import {
  argument,
  argumentNull,
  array,
  CsDateTime,
  CsDateTimeOffset,
  CsDictionary,
  CsDouble,
  type CsEnum,
  CsException,
  CsGuid,
  CsList,
  CsPair,
  CsSequence,
  CsSet,
  invalidOperation,
  isInstance,
  iterate,
  type Out,
  outOfRange,
  tick,
  typeOf,
  type Value,
} from "../values.ts";

const LINQ = "Newtonsoft.Json.Linq";
for (const value of Object.values(JTOKEN_TYPES)) registerEnum(value);
declareEnum(LINQ, "JTokenType", Object.fromEntries(Object.values(JTOKEN_TYPES).map((value) => [value.name, value.value])));
const { None } = declareEnum("Newtonsoft.Json", "Formatting", { None: 0, Indented: 1 });

const write = (token: JToken, formatting: CsEnum | undefined) => token.write(formatting === None ? null : "");
const present = (token: JToken | undefined | null): JToken | null => token ?? null;

/** A token as a value of a type: `ToObject<T>`, `DeserializeObject<T>`, `Body.As<T>`. */
export function deserialize(token: JToken, target: Type): Value {
  tick();
  if (target === OBJECT || asBase(target, "JToken")) {
    if (target === OBJECT) return token instanceof JValue ? token.value : token;
    if (isInstance(token, target)) return token;
    if (token instanceof JValue && token.value === null) return null;
    throw new CsException(
      "InvalidCastException",
      `Unable to cast object of type '${fullName(typeOf(token))}' to type '${fullName(target)}'.`,
    );
  }
  const source = token instanceof JProperty ? token.value : token;
  if (source instanceof JValue) return scalar(source, target);
  const [first, second] = target.args as [Type, Type];
  const wrong = () =>
    new CsException(
      "JsonSerializationException",
      `Cannot deserialize the current JSON ${source.kind().toLowerCase()} into type '${fullName(target)}'.`,
    );
  if (source instanceof JObject) {
    if (!/^(Dictionary|IDictionary|IReadOnlyDictionary)$/.test(target.name)) throw wrong();
    const made = new CsDictionary([first, second]);
    for (const pair of source.pairs()) made.entries.set(pair.key, new CsPair(pair.key, deserialize(pair.value, second)));
    return made;
  }
  const items = () => source.items.map((item) => deserialize(item, first));
  if (target.name === "Array") return array(items(), first);
  if (/^(List|IList|IEnumerable|ICollection|IReadOnlyList|IReadOnlyCollection)$/.test(target.name))
    return new CsList(items(), first);
  if (target.name === "HashSet") {
    const made = new CsSet(first);
    for (const item of items()) made.items.set(made.comparer(item), item);
    return made;
  }
  throw wrong();
}
function scalar(token: JValue, target: Type): Value {
  const wanted = underlying(target);
  const { value } = token;
  if (value === null) {
    if (!isValueType(target) || target.name === "Nullable") return null;
    throw new CsException("JsonSerializationException", `Error converting value {null} to type '${fullName(target)}'. Path ''.`);
  }
  if (isInstance(value, wanted)) return value;
  const failed = (inner: CsException | null) =>
    new CsException(
      /^(int|double|decimal|bool|DateTime)$/.test(wanted.name) ? "JsonReaderException" : "JsonSerializationException",
      `Error converting value ${token.write()} to type '${fullName(wanted)}'. Path '${pathOf(token)}'.`,
      inner,
    );
  if (wanted.name === "int" && value instanceof CsDouble)
    throw new CsException(
      "JsonReaderException",
      `Input string '${token.write()}' is not a valid integer. Path '${pathOf(token)}'.`,
    );
  try {
    if (wanted.name === "Guid" && typeof value === "string") return new CsGuid(value);
    if (wanted.name === "DateTime" && typeof value === "string") return toDateTime(parseDate(value) ?? bad());
    if (wanted.name === "DateTimeOffset" && typeof value === "string") return toDateTimeOffset(parseDate(value) ?? bad());
    if (wanted.name === "DateTimeOffset" && value instanceof CsDateTime) return new CsDateTimeOffset(value.ticks);
    if (isEnum(wanted) && typeof value === "bigint") return enumOf(wanted.name, Number(value));
    return changeType(value, wanted);
  } catch (error) {
    throw error instanceof CsException ? failed(error) : error;
  }
}
const bad = (): never => {
  throw new CsException("FormatException", "String was not recognized as a valid DateTime.");
};

/** Source text -> value; an empty document is null for references. */
export function deserializeText(source: string, target: Type): Value {
  if (source.trim() === "") {
    if (!isValueType(target) || target.name === "Nullable") return null;
    throw new CsException("JsonSerializationException", "No JSON content found.");
  }
  return deserialize(parseJson(source), target);
}

const value = typed((T) => (token: JToken, key: Value) => convertToken(token.child(key), T, (found) => isInstance(found, T)));
const select = (token: JToken, path: string | null, errorWhenNoMatch = false): JToken | null => {
  const found = selectTokens(token, path ?? "");
  if (found.length > 1) throw new CsException("JsonException", "Path returned multiple tokens.");
  if (found.length === 0 && errorWhenNoMatch) throw new CsException("JsonException", `Property '${path}' does not exist.`);
  return present(found[0]);
};
/** Replaces or takes out a token where it stands. */
function replace(token: JToken, by: JToken | null): void {
  const { parent } = token;
  if (parent === null) throw new CsException("InvalidOperationException", "The parent is missing.");
  if (parent instanceof JProperty) {
    if (by) parent.put(by);
    else if (parent.parent instanceof JObject)
      throw new CsException("JsonException", `Cannot add or remove items from ${fullName(typeOf(parent))}.`);
  } else if (parent instanceof JArray) {
    const at = parent.items.indexOf(token);
    parent.items.splice(at, 1);
    if (by) parent.insert(at, by);
  } else if (parent instanceof JObject && token instanceof JProperty) {
    parent.remove(token.name);
    if (by) parent.attach(by as JProperty);
  }
  token.parent = null;
}
const SIMPLE = /^(bool|byte|char|int|long|double|decimal|string|DateTime|DateTimeOffset|Guid|TimeSpan)$/;
const siblings = (token: JToken) => token.parent?.items ?? [];

declare(LINQ, "class", "JToken : IEnumerable<JToken>", {
  "static JToken Parse(string json)": (source: string | null) => {
    // A comment in front would be the token, and what follows too much.
    if (/^\s*\/[/*]/.test(source ?? ""))
      throw new CsException("JsonReaderException", "Additional text found in JSON string after parsing content.");
    return parseJson(source);
  },
  "static JToken FromObject(object o)": (o) => {
    if (o === null) throw argumentNull("o");
    return toToken(o);
  },
  "static bool DeepEquals(JToken t1, JToken t2)": deepEquals,
  "JToken this[object key]": (token: JToken, key) => present(token.child(key)),
  "set JToken this[object key]": (token: JToken, key, item: JToken | null) => put(token, key, item),
  "JTokenType Type": (token: JToken) => JTOKEN_TYPES[token.kind()],
  "bool HasValues": (token: JToken) => token.items.length > 0,
  "JToken First": (token: JToken) => present(noValue(token).items[0]),
  "JToken Last": (token: JToken) => present(noValue(token).items.at(-1)),
  "JToken Next": (token: JToken) => present(siblings(token)[siblings(token).indexOf(token) + 1]),
  "JToken Previous": (token: JToken) => present(siblings(token)[siblings(token).indexOf(token) - 1]),
  "JToken Parent": (token: JToken) => token.parent,
  "JToken Root": (token: JToken) => {
    let at = token;
    while (at.parent) at = at.parent;
    return at;
  },
  "string Path": pathOf,
  "string ToString(Formatting formatting)": write,
  "T Value<T>(object key)": value,
  "IEnumerable<T> Values<T>()": typed(
    (T) => (token: JToken) =>
      array(
        token.items.map((item) => convertToken(item, T, (found) => isInstance(found, T))),
        T,
      ),
  ),
  // Simple types are cast, everything else is read.
  "T ToObject<T>()": typed((T) =>
    SIMPLE.test(underlying(T).name) ? (token: JToken) => fromToken(token, T) : (token: JToken) => deserialize(token, T),
  ),
  "JToken SelectToken(string path) | JToken SelectToken(string path, bool errorWhenNoMatch)": select,
  "IEnumerable<JToken> SelectTokens(string path)": (token: JToken, path: string) =>
    array(selectTokens(token, path), typeOf(token)),
  "IEnumerable<JToken> Children()": (token: JToken) => new CsSequence(() => token.items),
  "IEnumerable<T> Children<T>()": typed(
    (T) => (token: JToken) => new CsSequence(() => token.items.filter((item) => isInstance(item, T))),
  ),
  "JToken DeepClone()": (token: JToken) => token.copy(),
  "void Remove()": (token: JToken) => replace(token, null),
  "void Replace(JToken value)": (token: JToken, by: JToken | null) => replace(token, by ?? new JValue(null)),
});
const noValue = (token: JToken): JToken => {
  if (token instanceof JValue)
    throw new CsException("InvalidOperationException", "Cannot access child value on Newtonsoft.Json.Linq.JValue.");
  return token;
};
function put(token: JToken, key: Value, item: JToken | null): void {
  const next = item ?? new JValue(null);
  if (token instanceof JObject) {
    if (typeof key !== "string")
      throw argument(`Set JObject values with invalid key value: ${key}. Object property name expected.`);
    token.put(key, next);
  } else if (token instanceof JArray) {
    const at = token.index(key);
    token.child(at);
    token.items.splice(at, 1);
    token.insert(at, next);
  } else throw new CsException("InvalidOperationException", `Cannot set child value on ${fullName(typeOf(token))}.`);
}

declare(LINQ, "class", "JContainer : JToken", {
  "int Count": (token: JToken) => token.items.length,
  "IEnumerable<JToken> Descendants()": (token: JToken) => new CsSequence(() => descendants(token).slice(1)),
});
const nameOf = (name: string | null, parameter: string) => {
  if (name === null) throw argumentNull(parameter);
  return name;
};
function* watched(object: JObject) {
  const { size } = object.properties;
  for (const found of object.properties.values()) {
    yield found;
    if (object.properties.size !== size)
      throw invalidOperation("Collection was modified; enumeration operation may not execute.");
  }
}
declare(LINQ, "class", "JObject : JContainer, IEnumerable<KeyValuePair<string, JToken>>", {
  "new()": () => new JObject(),
  "new(params object[] content)": (content: Value[]) => {
    const made = new JObject();
    for (const item of content.flatMap((part) =>
      part instanceof JProperty ? [part] : part instanceof JObject ? part.items : [...iterate(part)],
    )) {
      if (!(item instanceof JProperty)) throw argument(`Can not add ${fullName(typeOf(item))} to Newtonsoft.Json.Linq.JObject.`);
      made.attach(item);
    }
    return made;
  },
  "new(JObject other)": (other: JObject) => other.copy(),
  "static JObject Parse(string json)": parseObject,
  "static JObject FromObject(object o)": (o) => {
    if (o === null) throw argumentNull("o");
    const made = toToken(o);
    if (!(made instanceof JObject)) throw argument(`Object serialized to ${made.kind()}. JObject instance expected.`);
    return made;
  },
  "JToken this[string propertyName]": (object: JObject, name: string | null) =>
    present(object.child(nameOf(name, "propertyName"))),
  "set JToken this[string propertyName]": put,
  "void Add(string propertyName, JToken value)": (object: JObject, name: string, item: JToken | null) =>
    object.attach(new JProperty(nameOf(name, "propertyName"), item ?? new JValue(null))),
  "void Add(object content)": (object: JObject, content) => {
    if (!(content instanceof JProperty))
      throw argument(`Can not add ${content === null ? "null" : fullName(typeOf(content))} to Newtonsoft.Json.Linq.JObject.`);
    object.attach(content);
  },
  "bool Remove(string propertyName)": (object: JObject, name: string | null) => object.remove(nameOf(name, "propertyName")),
  "bool ContainsKey(string propertyName)": (object: JObject, name: string | null) =>
    object.properties.has(nameOf(name, "propertyName")),
  "bool TryGetValue(string propertyName, out JToken value)": (object: JObject, name: string | null, out: Out) => {
    const found = name === null ? undefined : object.properties.get(name);
    out.set(found?.value ?? null);
    return found !== undefined;
  },
  "bool TryGetValue(string propertyName, StringComparison comparison, out JToken value)": (
    object: JObject,
    name: string | null,
    how: CsEnum,
    out: Out,
  ) => {
    const found = property(object, name, how);
    out.set(found?.value ?? null);
    return found !== undefined;
  },
  "JToken GetValue(string propertyName)": (object: JObject, name: string | null) =>
    present(object.properties.get(name ?? "")?.value),
  "JToken GetValue(string propertyName, StringComparison comparison)": (object: JObject, name: string | null, how: CsEnum) =>
    present(property(object, name, how)?.value),
  "JProperty Property(string name)": (object: JObject, name: string | null) => object.properties.get(name ?? "") ?? null,
  "IEnumerable<JProperty> Properties()": (object: JObject) => new CsSequence(() => watched(object)),
  "IEnumerable<JToken> PropertyValues()": (object: JObject) =>
    new CsSequence(() => Array.from(object.properties.values(), (found) => found.value)),
  "void RemoveAll()": (object: JObject) => object.properties.clear(),
  "void Merge(object content)": (object: JObject, content: JObject) => merge(object, content),
});
function property(object: JObject, name: string | null, how: CsEnum): JProperty | undefined {
  const exact = object.properties.get(name ?? "");
  if (exact || !how.name.endsWith("IgnoreCase")) return exact;
  return [...object.properties.values()].find((found) => found.name.toLowerCase() === name?.toLowerCase());
}
function merge(into: JObject, from: JObject): void {
  for (const found of from.properties.values()) {
    const own = into.properties.get(found.name)?.value;
    if (own instanceof JObject && found.value instanceof JObject) merge(own, found.value);
    else if (own instanceof JArray && found.value instanceof JArray) own.insert(own.items.length, ...found.value.items);
    else if (!(found.value instanceof JValue && found.value.value === null)) into.put(found.name, found.value);
  }
}

const content = (item: Value): JToken[] =>
  item instanceof CsList || Array.isArray(item) || item instanceof CsSequence
    ? Array.from(iterate(item), toToken)
    : [toToken(item)];
declare(LINQ, "class", "JArray : JContainer, IList<JToken>", {
  "new()": () => new JArray(),
  "new(params object[] content) | new(object content)": (items: Value) =>
    new JArray((Array.isArray(items) ? items : [items]).flatMap(content)),
  "new(JArray other)": (other: JArray) => other.copy(),
  "static JArray Parse(string json)": parseArray,
  "static JArray FromObject(object o)": (o) => {
    const made = toToken(o);
    if (!(made instanceof JArray)) throw argument(`Object serialized to ${made.kind()}. JArray instance expected.`);
    return made;
  },
  "JToken this[int index]": (items: JArray, i: number) => items.child(i),
  "set JToken this[int index]": put,
  "void Add(JToken item) | void Add(object content)": (items: JArray, item) => items.insert(items.items.length, ...content(item)),
  "void Insert(int index, JToken item)": (items: JArray, i: number, item: JToken | null) => {
    if (i < 0 || i > items.items.length)
      throw outOfRange("index", "Insertion index was out of range. Must be non-negative and less than or equal to size.");
    items.insert(i, item ?? new JValue(null));
  },
  "bool Remove(JToken item)": (items: JArray, item: JToken) => {
    const at = items.items.indexOf(item);
    if (at >= 0) items.items.splice(at, 1);
    return at >= 0;
  },
  "void RemoveAt(int index)": (items: JArray, i: number) => {
    items.child(i);
    items.items.splice(i, 1);
  },
  "void Clear()": (items: JArray) => void items.items.splice(0),
  "bool Contains(JToken item)": (items: JArray, item: JToken) => items.items.includes(item),
});
declare(LINQ, "class", "JProperty : JContainer", {
  "new(string name, object content)": (name: string | null, item) => {
    const parts = item === null ? [new JValue(null)] : content(item);
    const only =
      parts.length === 1 && !(Array.isArray(item) || item instanceof CsList) ? (parts[0] as JToken) : new JArray(parts);
    return new JProperty(nameOf(name, "name"), only);
  },
  "string Name": (found: JProperty) => found.name,
  "JToken Value": (found: JProperty) => found.value,
  "set JToken Value": (found: JProperty, item: JToken | null) => found.put(item ?? new JValue(null)),
});
declare(LINQ, "class", "JValue : JToken", {
  [["object", "string", "long", "double", "decimal", "bool", "char", "DateTime", "DateTimeOffset", "Guid", "TimeSpan"]
    .map((t) => `new(${t} value)`)
    .join(" | ")]: (item) => (item instanceof JValue ? item.copy() : new JValue(item)),
  "static JValue CreateNull()": () => new JValue(null),
  "object Value": (token: JValue) => token.value,
  "set object Value": (token: JValue, item) => {
    token.value = new JValue(item).value;
  },
});

const all = (source: Value, pick: (token: JToken) => Iterable<Value>): CsSequence => {
  if (source === null) throw argumentNull("source");
  return new CsSequence(() => Array.from(iterate(source)).flatMap((token) => [...pick(token)]));
};
const extensions: Record<string, Implementation | ReturnType<typeof typed>> = {
  "static U Value<U>(this IEnumerable<JToken> value)": typed((U) => (token: JToken | null) => {
    if (token === null) throw argumentNull("source");
    return convertToken(token, U, (found) => isInstance(found, U));
  }),
  "static IEnumerable<JToken> Values(this IEnumerable<JToken> source)": (source) =>
    all(source, (token) =>
      token instanceof JObject ? Array.from(token.properties.values(), (found) => found.value) : token.items,
    ),
  "static IEnumerable<JToken> Values(this IEnumerable<JToken> source, object key)": (source, key) =>
    all(source, (token) => [token.child(key)].filter((found) => found !== null)),
  "static IEnumerable<JToken> Children(this IEnumerable<JToken> source)": (source) => all(source, (token) => token.items),
  "static IEnumerable<JProperty> Properties(this IEnumerable<JObject> source)": (source) => all(source, (token) => token.items),
};
declare(LINQ, "static", "Extensions", extensions);

declare("Newtonsoft.Json", "static", "JsonConvert", {
  "static string SerializeObject(object value) | static string SerializeObject(object value, Formatting formatting)": (
    item,
    formatting: CsEnum = None as CsEnum,
  ) => write(toToken(item), formatting),
  "static object DeserializeObject(string value)": (source: string | null) => deserializeText(nameOf(source, "value"), OBJECT),
  "static T DeserializeObject<T>(string value)": typed(
    (T) => (source: string | null) => deserializeText(nameOf(source, "value"), T),
  ),
});
