/**
 * Types and members that expressions may use.
 * Source: API Management policy expressions, ".NET Framework types allowed in policy expressions", 2026, and the analyzer of Microsoft's policy toolkit.
 */
// biome-ignore format: a list
const listed: Readonly<Record<string, string>> = {
  System: `Action Array BitConverter Boolean Byte Char Convert DateTime DateTimeKind DateTimeOffset Decimal Double Enum Exception Func Guid Int16 Int32 Int64
    Math MidpointRounding Nullable Object Random SByte Single String StringComparer StringComparison StringSplitOptions TimeSpan TimeZone TimeZoneInfo Tuple
    UInt16 UInt32 UInt64 Uri UriPartial`,
  "System.Collections.Generic": `Dictionary HashSet ICollection IDictionary IEnumerable IEnumerator IList IReadOnlyCollection IReadOnlyDictionary ISet
    KeyValuePair List Queue Stack`,
  "System.IO": "StringReader StringWriter",
  "System.Linq": "Enumerable",
  "System.Net": "IPAddress WebUtility",
  "System.Security.Cryptography": `AsymmetricAlgorithm CipherMode HashAlgorithm HashAlgorithmName HMAC HMACMD5 HMACSHA1 HMACSHA256 HMACSHA384 HMACSHA512
    KeyedHashAlgorithm MD5 Oid PaddingMode RNGCryptoServiceProvider RSA RSAEncryptionPadding RSASignaturePadding SHA1 SHA1Managed SHA256 SHA256Managed
    SHA384 SHA384Managed SHA512 SHA512Managed SymmetricAlgorithm`,
  "System.Security.Cryptography.X509Certificates": `PublicKey RSACertificateExtensions X500DistinguishedName X509Certificate X509Certificate2
    X509ContentType X509NameType`,
  "System.Text": "Encoding StringBuilder",
  "System.Text.RegularExpressions": "Capture CaptureCollection Group GroupCollection Match MatchCollection Regex RegexOptions",
  "System.Xml": "XmlNodeType",
  "System.Xml.Linq": `Extensions XAttribute XCData XComment XContainer XDeclaration XDocument XDocumentType XElement XName XNamespace XNode
    XNodeDocumentOrderComparer XNodeEqualityComparer XObject XProcessingInstruction XText`,
  "Newtonsoft.Json": "Formatting JsonConvert",
  "Newtonsoft.Json.Linq": "Extensions JArray JConstructor JContainer JObject JProperty JRaw JToken JTokenType JValue",
};
/** Of the gateway itself: what `context` and its methods give. */
const OWN = `Authorization Jwt BasicAuthCredentials IApi IContextApi IDeployment IGateway IGroup ILastError IMessageBody IOperation IPrivateEndpointConnection IProduct
  IRequest IResponse ISubscription ISubscriptionKeyParameterNames IUrl IUser IUserIdentity IWorkspace`;

/** Only these members, where a type is not allowed as a whole. */
// biome-ignore format: a list
const members: Readonly<Record<string, string>> = {
  DateTime: `Add AddDays AddHours AddMilliseconds AddMinutes AddMonths AddSeconds AddTicks AddYears Date Day DayOfWeek DayOfYear DaysInMonth Hour
    IsDaylightSavingTime IsLeapYear MaxValue Millisecond Minute MinValue Month Now Parse Second Subtract Ticks TimeOfDay Today ToString UtcNow Year`,
  Enum: "Parse TryParse ToString",
  JsonConvert: "SerializeObject DeserializeObject",
  Regex: "IsMatch Match Matches Replace Split Unescape",
};
const forbidden: Readonly<Record<string, string>> = { XDocument: "Load" };

const words = (text: string) => text.trim().split(/\s+/);
const fullNames = new Set(
  Object.entries(listed).flatMap(([namespace, names]) => words(names).map((name) => `${namespace}.${name}`)),
);
/** Short names. */
export const knownTypes: ReadonlySet<string> = new Set([...Object.values(listed), OWN].flatMap(words));

/** @param name short (`Regex`) or full, with or without a member behind it (`System.Math.Max`) */
export function isAllowed(name: string): boolean {
  if (!/^(System|Newtonsoft|Microsoft)\./.test(name)) return knownTypes.has(name);
  const parts = name.split(".");
  return parts.some((_, i) => fullNames.has(parts.slice(0, i + 1).join(".")));
}

export const isMemberAllowed = (type: string, member: string): boolean =>
  !(members[type] && !words(members[type]).includes(member)) && !(forbidden[type] && words(forbidden[type]).includes(member));
