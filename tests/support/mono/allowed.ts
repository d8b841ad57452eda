/**
 * What policy code may name: ".NET Framework types allowed in policy expressions" of the Azure API Management documentation (policy expressions,
 * 2025). A list of its own, not taken from the interpreter's.
 */

/** All members. */
const WHOLE: Record<string, string> = {
  "Newtonsoft.Json": "Formatting",
  "Newtonsoft.Json.Linq": "Extensions JArray JConstructor JContainer JObject JProperty JRaw JToken JTokenType JValue",
  System:
    "Array BitConverter Boolean Byte Char Convert DateTimeOffset Decimal Double Exception Guid Int16 Int32 Int64 Math MidpointRounding Nullable`1 Nullable Random SByte Single String StringComparer StringComparison StringSplitOptions TimeSpan TimeZone TimeZoneInfo Tuple Tuple`1 Tuple`2 Tuple`3 Tuple`4 UInt16 UInt32 UInt64 Uri UriPartial",
  "System.Collections.Generic":
    "Dictionary`2 HashSet`1 ICollection`1 IDictionary`2 IEnumerable`1 IEnumerator`1 IList`1 IReadOnlyCollection`1 IReadOnlyDictionary`2 ISet`1 KeyValuePair`2 List`1 Queue`1 Stack`1",
  "System.IO": "StringReader StringWriter",
  "System.Linq": "Enumerable",
  "System.Net": "WebUtility",
  "System.Security.Cryptography":
    "AsymmetricAlgorithm CipherMode HashAlgorithm HashAlgorithmName HMAC HMACMD5 HMACSHA1 HMACSHA256 HMACSHA384 HMACSHA512 KeyedHashAlgorithm MD5 Oid PaddingMode RNGCryptoServiceProvider RSA RSAEncryptionPadding RSASignaturePadding SHA1 SHA1Managed SHA256 SHA256Managed SHA384 SHA384Managed SHA512 SHA512Managed SymmetricAlgorithm",
  "System.Text": "Encoding StringBuilder",
  "System.Text.RegularExpressions": "RegexOptions",
  "System.Xml": "XmlNodeType",
  "System.Xml.Linq":
    "Extensions XAttribute XCData XComment XContainer XDeclaration XDocument XDocumentType XElement XName XNamespace XNode XNodeDocumentOrderComparer XNodeEqualityComparer XObject XProcessingInstruction XText",
};
/** Only these members. */
const PARTS: Record<string, string> = {
  "Newtonsoft.Json.JsonConvert": "SerializeObject DeserializeObject",
  "System.DateTime":
    ".ctor Add AddDays AddHours AddMilliseconds AddMinutes AddMonths AddSeconds AddTicks AddYears Date Day DayOfWeek DayOfYear DaysInMonth Hour IsDaylightSavingTime IsLeapYear MaxValue Millisecond Minute MinValue Month Now Parse Second Subtract Ticks TimeOfDay Today ToString UtcNow Year",
  "System.DateTimeKind": "Utc",
  "System.Enum": "Parse TryParse ToString",
  "System.Net.IPAddress": "AddressFamily Equals GetAddressBytes IsLoopback Parse TryParse ToString",
  "System.Text.RegularExpressions.Capture": "Index Length Value",
  "System.Text.RegularExpressions.CaptureCollection": "Count Item",
  "System.Text.RegularExpressions.Group": "Captures Success",
  "System.Text.RegularExpressions.GroupCollection": "Count Item",
  "System.Text.RegularExpressions.Match": "Empty Groups Result",
  "System.Text.RegularExpressions.Regex": ".ctor IsMatch Match Matches Replace Unescape Split",
};
/** What the compiler writes for `foreach`, lambdas, `using` and lists of constants, and what every object has. */
const PLUMBING =
  /^System\.(?:Object|Func`\d|Action(?:`\d)?|IDisposable|Collections\.IEnumerator|Runtime\.CompilerServices\.\w+|Collections\.Generic\.(?:List`1|Dictionary`2)\/Enumerator)(?:\.|$)/;

const whole = new Set(
  Object.entries(WHOLE).flatMap(([namespace, names]) => names.split(" ").map((name) => `${namespace}.${name}`)),
);

/** @param member as Host.cs writes it: `System.String.Split`, a type by its own name */
export function isAllowed(member: string): boolean {
  // The context, which ApimContext.cs declares outside of any namespace as the documentation lists it.
  if (!/^(?:System|Newtonsoft)\./.test(member) || PLUMBING.test(member) || whole.has(member) || member in PARTS) return true;
  const found = /^(.*?)\.(\.ctor|[^.]+)$/.exec(member);
  const [, type = "", name = ""] = found ?? [];
  return whole.has(type) || (PARTS[type]?.split(" ").includes(name) ?? false);
}
