/**
 * Members of the types that expressions may use: those of .NET Framework's, read from its libraries by reflection, those that later versions of
 * Newtonsoft.Json have besides, and what `context` gives (API Management policy expressions, context variable, 2026).
 */

/** Of IConvertible. */
const CONVERTIBLE = `ToBoolean ToByte ToChar ToDateTime ToDecimal ToDouble ToInt16 ToInt32 ToInt64 ToSByte ToSingle ToType ToUInt16 ToUInt32
  ToUInt64 CompareTo GetTypeCode`;
/** Of every enumeration. */
const ENUM = `${CONVERTIBLE} Format GetName GetNames GetUnderlyingType GetValues HasFlag IsDefined Parse ReferenceEquals ToObject TryParse`;
/** Of every delegate. */
const DELEGATE = `BeginInvoke Clone Combine CreateDelegate DynamicInvoke EndInvoke GetInvocationList GetObjectData Invoke Method ReferenceEquals
  Remove RemoveAll Target`;
/** Of every hash. */
const HASH = `CanReuseTransform CanTransformMultipleBlocks Clear ComputeHash Create Dispose Hash HashSize Initialize InputBlockSize OutputBlockSize
  ReferenceEquals TransformBlock TransformFinalBlock TryComputeHash`;
/** Of the collections of regular expressions. */
const COLLECTION = `Add Clear Contains CopyTo Count GetEnumerator IndexOf Insert IsFixedSize IsReadOnly IsSynchronized Item ReferenceEquals Remove
  RemoveAt SyncRoot`;
/** Of every token of JSON. */
const JTOKEN = `AddAfterSelf AddAnnotation AddBeforeSelf AfterSelf Ancestors AncestorsAndSelf Annotation Annotations BeforeSelf Children Clone
  CreateReader DeepClone DeepEquals EqualityComparer First FromObject GetEnumerator GetMetaObject HasLineInfo HasValues Item Last LineNumber
  LinePosition Load Next Parent Parse Path Previous ReadFrom ReferenceEquals Remove RemoveAnnotations Replace Root SelectToken SelectTokens ToObject
  Type Value Values WriteTo`;
/** Of objects, arrays and what else has tokens in it. */
const JCONTAINER = `${JTOKEN} Add AddFirst AddIndex AddNew AddingNew AllowEdit AllowNew AllowRemove ApplySort Clear CollectionChanged Contains
  CopyTo Count CreateWriter Descendants DescendantsAndSelf Find GetItemProperties GetListName IndexOf Insert IsFixedSize IsReadOnly IsSorted
  IsSynchronized ListChanged Merge RemoveAll RemoveAt RemoveIndex RemoveSort ReplaceAll SortDirection SortProperty SupportsChangeNotification
  SupportsSearching SupportsSorting SyncRoot`;
/** Of everything in XML. */
const XOBJECT = `AddAnnotation Annotation Annotations BaseUri Changed Changing Document HasLineInfo LineNumber LinePosition NodeType Parent
  ReferenceEquals RemoveAnnotations`;
/** Of nodes. */
const XNODE = `${XOBJECT} AddAfterSelf AddBeforeSelf Ancestors CompareDocumentOrder CreateReader DeepEquals DocumentOrderComparer ElementsAfterSelf
  ElementsBeforeSelf EqualityComparer IsAfter IsBefore NextNode NodesAfterSelf NodesBeforeSelf PreviousNode ReadFrom ReadFromAsync Remove
  ReplaceWith WriteTo WriteToAsync`;
/** Of documents and elements. */
const XCONTAINER = `${XNODE} Add AddFirst CreateWriter DescendantNodes Descendants Element Elements FirstNode LastNode Nodes RemoveNodes
  ReplaceNodes`;

/** By the short name of the type; inherited ones too, those of `object` apart. */
// biome-ignore format: a table
const NET: Readonly<Record<string, string>> = {
  Action: DELEGATE,
  Array: `${COLLECTION} AsReadOnly BinarySearch Clone CompareTo ConstrainedCopy ConvertAll Copy CreateInstance Empty Exists Fill Find FindAll
    FindIndex FindLast FindLastIndex ForEach GetLength GetLongLength GetLowerBound GetUpperBound GetValue Initialize LastIndexOf Length LongLength
    Rank Resize Reverse SetValue Sort TrueForAll`,
  AsymmetricAlgorithm: `Clear Create Dispose ExportEncryptedPkcs8PrivateKey ExportPkcs8PrivateKey ExportSubjectPublicKeyInfo FromXmlString
    ImportEncryptedPkcs8PrivateKey ImportPkcs8PrivateKey ImportSubjectPublicKeyInfo KeyExchangeAlgorithm KeySize LegalKeySizes ReferenceEquals
    SignatureAlgorithm ToXmlString TryExportEncryptedPkcs8PrivateKey TryExportPkcs8PrivateKey TryExportSubjectPublicKeyInfo`,
  BitConverter: `DoubleToInt64Bits GetBytes Int32BitsToSingle Int64BitsToDouble IsLittleEndian ReferenceEquals SingleToInt32Bits ToBoolean ToChar
    ToDouble ToInt16 ToInt32 ToInt64 ToSingle ToUInt16 ToUInt32 ToUInt64 TryWriteBytes`,
  Boolean: `${CONVERTIBLE} FalseString Parse ReferenceEquals TrueString TryFormat TryParse`,
  Byte: `${CONVERTIBLE} MaxValue MinValue Parse ReferenceEquals TryFormat TryParse`,
  Capture: `Index Length ReferenceEquals Value`,
  CaptureCollection: COLLECTION,
  Char: `${CONVERTIBLE} ConvertFromUtf32 ConvertToUtf32 GetNumericValue GetUnicodeCategory IsControl IsDigit IsHighSurrogate IsLetter
    IsLetterOrDigit IsLowSurrogate IsLower IsNumber IsPunctuation IsSeparator IsSurrogate IsSurrogatePair IsSymbol IsUpper IsWhiteSpace MaxValue
    MinValue Parse ReferenceEquals ToLower ToLowerInvariant ToUpper ToUpperInvariant TryParse`,
  CipherMode: `${ENUM} CBC CFB CTS ECB OFB value__`,
  Convert: `ChangeType DBNull FromBase64CharArray FromBase64String GetTypeCode IsDBNull ReferenceEquals ToBase64CharArray ToBase64String ToBoolean
    ToByte ToChar ToDateTime ToDecimal ToDouble ToInt16 ToInt32 ToInt64 ToSByte ToSingle ToUInt16 ToUInt32 ToUInt64 TryFromBase64Chars
    TryFromBase64String TryToBase64Chars`,
  DateTime: `${CONVERTIBLE} Add AddDays AddHours AddMilliseconds AddMinutes AddMonths AddSeconds AddTicks AddYears Compare Date Day DayOfWeek
    DayOfYear DaysInMonth FromBinary FromFileTime FromFileTimeUtc FromOADate GetDateTimeFormats GetObjectData Hour IsDaylightSavingTime IsLeapYear
    Kind MaxValue Millisecond MinValue Minute Month Now Parse ParseExact ReferenceEquals Second SpecifyKind Subtract Ticks TimeOfDay ToBinary
    ToFileTime ToFileTimeUtc ToLocalTime ToLongDateString ToLongTimeString ToOADate ToShortDateString ToShortTimeString ToUniversalTime Today
    TryFormat TryParse TryParseExact UnixEpoch UtcNow Year`,
  DateTimeKind: `${ENUM} Local Unspecified Utc value__`,
  DateTimeOffset: `Add AddDays AddHours AddMilliseconds AddMinutes AddMonths AddSeconds AddTicks AddYears Compare CompareTo Date DateTime Day
    DayOfWeek DayOfYear EqualsExact FromFileTime FromUnixTimeMilliseconds FromUnixTimeSeconds GetObjectData Hour LocalDateTime MaxValue Millisecond
    MinValue Minute Month Now Offset OnDeserialization Parse ParseExact ReferenceEquals Second Subtract Ticks TimeOfDay ToFileTime ToLocalTime
    ToOffset ToUniversalTime ToUnixTimeMilliseconds ToUnixTimeSeconds TryFormat TryParse TryParseExact UnixEpoch UtcDateTime UtcNow UtcTicks Year`,
  Decimal: `${CONVERTIBLE} Add Ceiling Compare Divide Floor FromOACurrency GetBits MaxValue MinValue MinusOne Multiply Negate OnDeserialization One
    Parse ReferenceEquals Remainder Round Subtract ToOACurrency Truncate TryFormat TryParse Zero`,
  Dictionary: `Add Clear Comparer Contains ContainsKey ContainsValue CopyTo Count EnsureCapacity Enumerator GetEnumerator GetObjectData IsFixedSize
    IsReadOnly IsSynchronized Item KeyCollection Keys OnDeserialization ReferenceEquals Remove SyncRoot TrimExcess TryAdd TryGetValue
    ValueCollection Values`,
  Double: `${CONVERTIBLE} Epsilon IsFinite IsInfinity IsNaN IsNegative IsNegativeInfinity IsNormal IsPositiveInfinity IsSubnormal MaxValue MinValue
    NaN NegativeInfinity Parse PositiveInfinity ReferenceEquals TryFormat TryParse`,
  Encoding: `ASCII BigEndianUnicode BodyName Clone CodePage Convert DecoderFallback Default EncoderFallback EncodingName GetByteCount GetBytes
    GetCharCount GetChars GetDecoder GetEncoder GetEncoding GetEncodings GetMaxByteCount GetMaxCharCount GetPreamble GetString HeaderName
    IsAlwaysNormalized IsBrowserDisplay IsBrowserSave IsMailNewsDisplay IsMailNewsSave IsReadOnly IsSingleByte Preamble ReferenceEquals
    RegisterProvider UTF32 UTF7 UTF8 Unicode WebName WindowsCodePage`,
  Enum: ENUM,
  Enumerable: `Aggregate All Any Append AsEnumerable Average Cast Concat Contains Count DefaultIfEmpty Distinct ElementAt ElementAtOrDefault Empty
    Except First FirstOrDefault GroupBy GroupJoin Intersect Join Last LastOrDefault LongCount Max Min OfType OrderBy OrderByDescending Prepend Range
    ReferenceEquals Repeat Reverse Select SelectMany SequenceEqual Single SingleOrDefault Skip SkipLast SkipWhile Sum Take TakeLast TakeWhile ThenBy
    ThenByDescending ToArray ToDictionary ToHashSet ToList ToLookup Union Where Zip`,
  Exception: `Data GetBaseException GetObjectData HResult HelpLink InnerException Message ReferenceEquals Source StackTrace TargetSite`,
  Extensions: `Ancestors AncestorsAndSelf AsJEnumerable Attributes Children DescendantNodes DescendantNodesAndSelf Descendants DescendantsAndSelf
    Elements InDocumentOrder Nodes Properties ReferenceEquals Remove Value Values`,
  Formatting: `${ENUM} Indented None value__`,
  Func: DELEGATE,
  Group: `Captures Index Length Name ReferenceEquals Success Synchronized Value`,
  GroupCollection: COLLECTION,
  Guid: `CompareTo Empty NewGuid Parse ParseExact ReferenceEquals ToByteArray TryFormat TryParse TryParseExact TryWriteBytes`,
  HMAC: `${HASH} HashName Key`,
  HMACMD5: `${HASH} HashName Key`,
  HMACSHA1: `${HASH} HashName Key`,
  HMACSHA256: `${HASH} HashName Key`,
  HMACSHA384: `${HASH} HashName Key ProduceLegacyHmacValues`,
  HMACSHA512: `${HASH} HashName Key ProduceLegacyHmacValues`,
  HashAlgorithm: HASH,
  HashAlgorithmName: `MD5 Name ReferenceEquals SHA1 SHA256 SHA384 SHA512`,
  HashSet: `Add Clear Comparer Contains CopyTo Count CreateSetComparer EnsureCapacity Enumerator ExceptWith GetEnumerator GetObjectData
    IntersectWith IsProperSubsetOf IsProperSupersetOf IsReadOnly IsSubsetOf IsSupersetOf OnDeserialization Overlaps ReferenceEquals Remove
    RemoveWhere SetEquals SymmetricExceptWith TrimExcess TryGetValue UnionWith`,
  ICollection: `Add Clear Contains CopyTo Count GetEnumerator IsReadOnly Remove`,
  IDictionary: `Add Clear Contains ContainsKey CopyTo Count GetEnumerator IsReadOnly Item Keys Remove TryGetValue Values`,
  IEnumerable: `GetEnumerator`,
  IEnumerator: `Current Dispose MoveNext Reset`,
  IList: `Add Clear Contains CopyTo Count GetEnumerator IndexOf Insert IsReadOnly Item Remove RemoveAt`,
  IPAddress: `Address AddressFamily Any Broadcast GetAddressBytes HostToNetworkOrder IPv6Any IPv6Loopback IPv6None IsIPv4MappedToIPv6
    IsIPv6LinkLocal IsIPv6Multicast IsIPv6SiteLocal IsIPv6Teredo IsLoopback Loopback MapToIPv4 MapToIPv6 NetworkToHostOrder None Parse
    ReferenceEquals ScopeId TryFormat TryParse TryWriteBytes`,
  IReadOnlyCollection: `Count GetEnumerator`,
  IReadOnlyDictionary: `ContainsKey Count GetEnumerator Item Keys TryGetValue Values`,
  ISet: `Add Clear Contains CopyTo Count ExceptWith GetEnumerator IntersectWith IsProperSubsetOf IsProperSupersetOf IsReadOnly IsSubsetOf
    IsSupersetOf Overlaps Remove SetEquals SymmetricExceptWith UnionWith`,
  Int16: `${CONVERTIBLE} MaxValue MinValue Parse ReferenceEquals TryFormat TryParse`,
  Int32: `${CONVERTIBLE} MaxValue MinValue Parse ReferenceEquals TryFormat TryParse`,
  Int64: `${CONVERTIBLE} MaxValue MinValue Parse ReferenceEquals TryFormat TryParse`,
  JArray: JCONTAINER,
  JConstructor: `${JCONTAINER} Name`,
  JContainer: JCONTAINER,
  JObject: `${JCONTAINER} ContainsKey GetAttributes GetClassName GetComponentName GetConverter GetDefaultEvent GetDefaultProperty GetEditor
    GetEvents GetProperties GetPropertyOwner GetValue Keys Properties Property PropertyChanged PropertyChanging PropertyValues TryGetValue`,
  JProperty: `${JCONTAINER} Name`,
  JRaw: `${JTOKEN} ${CONVERTIBLE} Create CreateComment CreateNull CreateString CreateUndefined`,
  JToken: JTOKEN,
  JTokenType: `${ENUM} Array Boolean Bytes Comment Constructor Date Float Guid Integer None Null Object Property Raw String TimeSpan Undefined Uri
    value__`,
  JValue: `${JTOKEN} ${CONVERTIBLE} CreateComment CreateNull CreateString CreateUndefined`,
  JsonConvert: `DefaultSettings DeserializeAnonymousType DeserializeObject DeserializeObjectAsync DeserializeXNode DeserializeXmlNode False NaN
    NegativeInfinity Null PopulateObject PopulateObjectAsync PositiveInfinity ReferenceEquals SerializeObject SerializeObjectAsync SerializeXNode
    SerializeXmlNode True Undefined`,
  KeyValuePair: `Create Deconstruct Key ReferenceEquals Value`,
  KeyedHashAlgorithm: `${HASH} Key`,
  List: `${COLLECTION} AddRange AsReadOnly BinarySearch Capacity ConvertAll Enumerator Exists Find FindAll FindIndex FindLast FindLastIndex ForEach
    GetRange InsertRange LastIndexOf RemoveAll RemoveRange Reverse Sort ToArray TrimExcess TrueForAll`,
  MD5: HASH,
  Match: `Captures Empty Groups Index Length Name NextMatch ReferenceEquals Result Success Synchronized Value`,
  MatchCollection: COLLECTION,
  Math: `Abs Acos Acosh Asin Asinh Atan Atan2 Atanh BigMul Cbrt Ceiling Clamp Cos Cosh DivRem E Exp Floor IEEERemainder Log Log10 Max Min PI Pow
    ReferenceEquals Round Sign Sin Sinh Sqrt Tan Tanh Truncate`,
  MidpointRounding: `${ENUM} AwayFromZero ToEven value__`,
  Nullable: `Compare GetUnderlyingType GetValueOrDefault HasValue ReferenceEquals Value`,
  Object: `ReferenceEquals`,
  Oid: `FriendlyName FromFriendlyName FromOidValue ReferenceEquals Value`,
  PaddingMode: `${ENUM} ANSIX923 ISO10126 None PKCS7 Zeros value__`,
  PublicKey: `EncodedKeyValue EncodedParameters Key Oid ReferenceEquals`,
  Queue: `Clear Contains CopyTo Count Dequeue Enqueue Enumerator GetEnumerator IsSynchronized Peek ReferenceEquals SyncRoot ToArray TrimExcess
    TryDequeue TryPeek`,
  RNGCryptoServiceProvider: `Create Dispose Fill GetBytes GetInt32 GetNonZeroBytes ReferenceEquals`,
  RSA: `Clear Create Decrypt DecryptValue Dispose Encrypt EncryptValue ExportEncryptedPkcs8PrivateKey ExportParameters ExportPkcs8PrivateKey
    ExportRSAPrivateKey ExportRSAPublicKey ExportSubjectPublicKeyInfo FromXmlString ImportEncryptedPkcs8PrivateKey ImportParameters
    ImportPkcs8PrivateKey ImportRSAPrivateKey ImportRSAPublicKey ImportSubjectPublicKeyInfo KeyExchangeAlgorithm KeySize LegalKeySizes
    ReferenceEquals SignData SignHash SignatureAlgorithm ToXmlString TryDecrypt TryEncrypt TryExportEncryptedPkcs8PrivateKey
    TryExportPkcs8PrivateKey TryExportRSAPrivateKey TryExportRSAPublicKey TryExportSubjectPublicKeyInfo TrySignData TrySignHash VerifyData
    VerifyHash`,
  RSACertificateExtensions: `CopyWithPrivateKey GetRSAPrivateKey GetRSAPublicKey ReferenceEquals`,
  RSAEncryptionPadding: `CreateOaep Mode OaepHashAlgorithm OaepSHA1 OaepSHA256 OaepSHA384 OaepSHA512 Pkcs1 ReferenceEquals`,
  RSASignaturePadding: `Mode Pkcs1 Pss ReferenceEquals`,
  Random: `Next NextBytes NextDouble ReferenceEquals`,
  Regex: `CacheSize CompileToAssembly Escape GetGroupNames GetGroupNumbers GetObjectData GroupNameFromNumber GroupNumberFromName
    InfiniteMatchTimeout IsMatch Match MatchTimeout Matches Options ReferenceEquals Replace RightToLeft Split Unescape`,
  RegexOptions: `${ENUM} Compiled CultureInvariant ECMAScript ExplicitCapture IgnoreCase IgnorePatternWhitespace Multiline None RightToLeft
    Singleline value__`,
  SByte: `${CONVERTIBLE} MaxValue MinValue Parse ReferenceEquals TryFormat TryParse`,
  SHA1: HASH,
  SHA1Managed: HASH,
  SHA256: HASH,
  SHA256Managed: HASH,
  SHA384: HASH,
  SHA384Managed: HASH,
  SHA512: HASH,
  SHA512Managed: HASH,
  Single: `${CONVERTIBLE} Epsilon IsFinite IsInfinity IsNaN IsNegative IsNegativeInfinity IsNormal IsPositiveInfinity IsSubnormal MaxValue MinValue
    NaN NegativeInfinity Parse PositiveInfinity ReferenceEquals TryFormat TryParse`,
  Stack: `Clear Contains CopyTo Count Enumerator GetEnumerator IsSynchronized Peek Pop Push ReferenceEquals SyncRoot ToArray TrimExcess TryPeek
    TryPop`,
  String: `${CONVERTIBLE} Chars Clone Compare CompareOrdinal Concat Contains Copy CopyTo Create Empty EndsWith Format GetEnumerator IndexOf
    IndexOfAny Insert Intern IsInterned IsNormalized IsNullOrEmpty IsNullOrWhiteSpace Join LastIndexOf LastIndexOfAny Length Normalize PadLeft
    PadRight ReferenceEquals Remove Replace Split StartsWith Substring ToCharArray ToLower ToLowerInvariant ToUpper ToUpperInvariant Trim TrimEnd
    TrimStart`,
  StringBuilder: `Append AppendFormat AppendJoin AppendLine Capacity Chars Clear CopyTo EnsureCapacity GetObjectData Insert Length MaxCapacity
    ReferenceEquals Remove Replace`,
  StringComparer: `Compare Create CurrentCulture CurrentCultureIgnoreCase FromComparison InvariantCulture InvariantCultureIgnoreCase Ordinal
    OrdinalIgnoreCase ReferenceEquals`,
  StringComparison: `${ENUM} CurrentCulture CurrentCultureIgnoreCase InvariantCulture InvariantCultureIgnoreCase Ordinal OrdinalIgnoreCase value__`,
  StringReader: `Close CreateObjRef Dispose GetLifetimeService InitializeLifetimeService Null Peek Read ReadAsync ReadBlock ReadBlockAsync ReadLine
    ReadLineAsync ReadToEnd ReadToEndAsync ReferenceEquals Synchronized`,
  StringSplitOptions: `${ENUM} None RemoveEmptyEntries value__`,
  StringWriter: `Close CreateObjRef Dispose DisposeAsync Encoding Flush FlushAsync FormatProvider GetLifetimeService GetStringBuilder
    InitializeLifetimeService NewLine Null ReferenceEquals Synchronized Write WriteAsync WriteLine WriteLineAsync`,
  SymmetricAlgorithm: `BlockSize Clear Create CreateDecryptor CreateEncryptor Dispose FeedbackSize GenerateIV GenerateKey IV Key KeySize
    LegalBlockSizes LegalKeySizes Mode Padding ReferenceEquals ValidKeySize`,
  TimeSpan: `Add Compare CompareTo Days Divide Duration FromDays FromHours FromMilliseconds FromMinutes FromSeconds FromTicks Hours MaxValue
    Milliseconds MinValue Minutes Multiply Negate Parse ParseExact ReferenceEquals Seconds Subtract Ticks TicksPerDay TicksPerHour
    TicksPerMillisecond TicksPerMinute TicksPerSecond TotalDays TotalHours TotalMilliseconds TotalMinutes TotalSeconds TryFormat TryParse
    TryParseExact Zero`,
  TimeZone: `CurrentTimeZone DaylightName GetDaylightChanges GetUtcOffset IsDaylightSavingTime ReferenceEquals StandardName ToLocalTime
    ToUniversalTime`,
  TimeZoneInfo: `AdjustmentRule BaseUtcOffset ClearCachedData ConvertTime ConvertTimeBySystemTimeZoneId ConvertTimeFromUtc ConvertTimeToUtc
    CreateCustomTimeZone DaylightName DisplayName FindSystemTimeZoneById FromSerializedString GetAdjustmentRules GetAmbiguousTimeOffsets
    GetObjectData GetSystemTimeZones GetUtcOffset HasSameRules Id IsAmbiguousTime IsDaylightSavingTime IsInvalidTime Local OnDeserialization
    ReferenceEquals StandardName SupportsDaylightSavingTime ToSerializedString TransitionTime Utc`,
  Tuple: `CompareTo Create Item Item1 Item2 Item3 Item4 Item5 Item6 Item7 Length ReferenceEquals Rest`,
  UInt16: `${CONVERTIBLE} MaxValue MinValue Parse ReferenceEquals TryFormat TryParse`,
  UInt32: `${CONVERTIBLE} MaxValue MinValue Parse ReferenceEquals TryFormat TryParse`,
  UInt64: `${CONVERTIBLE} MaxValue MinValue Parse ReferenceEquals TryFormat TryParse`,
  Uri: `AbsolutePath AbsoluteUri Authority CheckHostName CheckSchemeName Compare DnsSafeHost EscapeDataString EscapeUriString Fragment FromHex
    GetComponents GetLeftPart GetObjectData HexEscape HexUnescape Host HostNameType IdnHost IsAbsoluteUri IsBaseOf IsDefaultPort IsFile IsHexDigit
    IsHexEncoding IsLoopback IsUnc IsWellFormedOriginalString IsWellFormedUriString LocalPath MakeRelative MakeRelativeUri OriginalString
    PathAndQuery Port Query ReferenceEquals Scheme SchemeDelimiter Segments TryCreate UnescapeDataString UriSchemeFile UriSchemeFtp UriSchemeGopher
    UriSchemeHttp UriSchemeHttps UriSchemeMailto UriSchemeNetPipe UriSchemeNetTcp UriSchemeNews UriSchemeNntp UserEscaped UserInfo`,
  UriPartial: `${ENUM} Authority Path Query Scheme value__`,
  WebUtility: `HtmlDecode HtmlEncode ReferenceEquals UrlDecode UrlDecodeToBytes UrlEncode UrlEncodeToBytes`,
  X500DistinguishedName: `CopyFrom Decode Format Name Oid RawData ReferenceEquals`,
  X509Certificate: `CreateFromCertFile CreateFromSignedFile Dispose Export GetCertHash GetCertHashString GetEffectiveDateString
    GetExpirationDateString GetFormat GetIssuerName GetKeyAlgorithm GetKeyAlgorithmParameters GetKeyAlgorithmParametersString GetName GetObjectData
    GetPublicKey GetPublicKeyString GetRawCertData GetRawCertDataString GetSerialNumber GetSerialNumberString Handle Import Issuer OnDeserialization
    ReferenceEquals Reset Subject TryGetCertHash`,
  X509Certificate2: `Archived CreateFromCertFile CreateFromSignedFile Dispose Export Extensions FriendlyName GetCertContentType GetCertHash
    GetCertHashString GetEffectiveDateString GetExpirationDateString GetFormat GetIssuerName GetKeyAlgorithm GetKeyAlgorithmParameters
    GetKeyAlgorithmParametersString GetName GetNameInfo GetObjectData GetPublicKey GetPublicKeyString GetRawCertData GetRawCertDataString
    GetSerialNumber GetSerialNumberString Handle HasPrivateKey Import Issuer IssuerName NotAfter NotBefore OnDeserialization PrivateKey PublicKey
    RawData ReferenceEquals Reset SerialNumber SignatureAlgorithm Subject SubjectName Thumbprint TryGetCertHash Verify Version`,
  X509ContentType: `${ENUM} Authenticode Cert Pfx Pkcs12 Pkcs7 SerializedCert SerializedStore Unknown value__`,
  X509NameType: `${ENUM} DnsFromAlternativeName DnsName EmailName SimpleName UpnName UrlName value__`,
  XAttribute: `${XOBJECT} EmptySequence IsNamespaceDeclaration Name NextAttribute PreviousAttribute Remove SetValue Value`,
  XCData: `${XNODE} Value`,
  XComment: `${XNODE} Value`,
  XContainer: XCONTAINER,
  XDeclaration: `Encoding ReferenceEquals Standalone Version`,
  XDocument: `${XCONTAINER} Declaration DocumentType Load LoadAsync Parse Root Save SaveAsync`,
  XDocumentType: `${XNODE} InternalSubset Name PublicId SystemId`,
  XElement: `${XCONTAINER} AncestorsAndSelf Attribute Attributes DescendantNodesAndSelf DescendantsAndSelf EmptySequence FirstAttribute
    GetDefaultNamespace GetNamespaceOfPrefix GetPrefixOfNamespace GetSchema HasAttributes HasElements IsEmpty LastAttribute Load LoadAsync Name
    Parse ReadXml RemoveAll RemoveAttributes ReplaceAll ReplaceAttributes Save SaveAsync SetAttributeValue SetElementValue SetValue Value WriteXml`,
  XName: `Get GetObjectData LocalName Namespace NamespaceName ReferenceEquals`,
  XNamespace: `Get GetName NamespaceName None ReferenceEquals Xml Xmlns`,
  XNode: XNODE,
  XNodeDocumentOrderComparer: `Compare ReferenceEquals`,
  XNodeEqualityComparer: `ReferenceEquals`,
  XObject: XOBJECT,
  XProcessingInstruction: `${XNODE} Data Target`,
  XText: `${XNODE} Value`,
  XmlNodeType: `${ENUM} Attribute CDATA Comment Document DocumentFragment DocumentType Element EndElement EndEntity Entity EntityReference None
    Notation ProcessingInstruction SignificantWhitespace Text Whitespace XmlDeclaration value__`,
};

/** Newer than those libraries. */
const NEWER =
  "ContainsKey SelectTokens ToHashSet Append Prepend Zip Deconstruct TryAdd TryGetValue ToUnixTimeMilliseconds ToUnixTimeSeconds FromUnixTimeSeconds FromUnixTimeMilliseconds IsNullOrWhiteSpace Empty GetRSAPublicKey GetRSAPrivateKey";

const OBJECT = "ToString Equals GetHashCode GetType";
const URL = "Host Path Port Query QueryString Scheme";
const MESSAGE = "Body Headers";

/** What stands behind `context.` and behind each of its members; what is not listed has members of .NET's. */
// biome-ignore format: a table
const CONTEXT: Readonly<Record<string, string>> = {
  context: "Api Backend Deployment Elapsed GraphQL LastError Operation Product Request RequestId Response Subscription Timestamp Trace Tracing User Variables Workspace",
  "context.Api": "Id IsCurrentRevision Name Path Revision ServiceUrl Version Workspace",
  "context.Api.ServiceUrl": URL,
  "context.Backend": "AzureRegion Id Type",
  "context.Deployment": "Certificates Gateway GatewayId Region ServiceId ServiceName SustainabilityInfo",
  "context.Deployment.Gateway": "Id InstanceId IsManaged",
  "context.GraphQL": "Arguments GetArguments GetParent Parent Results Selection",
  "context.LastError": "Message Path PolicyId Reason Scope Section Source",
  "context.Operation": "Id Method Name UrlTemplate",
  "context.Product": "Apis ApprovalRequired Groups Id Name State SubscriptionLimit SubscriptionRequired SubscriptionsLimit Workspace",
  "context.Request": `${MESSAGE} Certificate Foundry IpAddress MatchedParameters Method OriginalUrl PrivateEndpointConnection Url`,
  "context.Request.Body": "As AsFormUrlEncodedContent",
  "context.Request.OriginalUrl": URL,
  "context.Request.Url": URL,
  "context.Response": `${MESSAGE} StatusCode StatusReason`,
  "context.Response.Body": "As AsFormUrlEncodedContent",
  "context.Subscription": "CreatedDate CreatedTime EndDate Id Key Name PrimaryKey SecondaryKey StartDate",
  "context.User": "Email FirstName Groups Id Identities LastName Note RegistrationDate",
  "context.Workspace": "Id Name",
};
/** Of what these give: tokens, groups, certificates. */
const OWN = `AccessToken Algorithm As AsBasic AsFormUrlEncodedContent AsJwt Audiences Claims Decrypt Encrypt ExpirationTime GetValueOrDefault Id IssuedAt
  Issuer NotBefore Password Provider Subject TryParseBasic TryParseJwt Type UserId Verify VerifyNoRevocation
  Name PrivateEndpointConnection GroupId MemberName Deployment CertificateId`;

const words = (text: string) => text.trim().split(/\s+/);
const sets = (table: Readonly<Record<string, string>>) =>
  new Map(Object.entries(table).map(([name, text]) => [name, new Set(words(`${text} ${OBJECT}`))]));
const net = sets(NET);
const context = sets(CONTEXT);
const newer = new Set(words(NEWER));

/** Every member of every type that an expression may meet. */
export const everyMember: ReadonlySet<string> = new Set([
  ...[...net.values(), ...context.values()].flatMap((set) => [...set]),
  ...newer,
  ...words(OWN),
]);

/** Of `context.Request` and the like: its members. undefined: anything of .NET's. */
export const membersOfContext = (path: string): ReadonlySet<string> | undefined => context.get(path);

/** Of a type: its members, with those of newer libraries. undefined: not known. */
export const membersOfType = (name: string): ReadonlySet<string> | undefined => {
  const own = net.get(name);
  return own && new Set([...own, ...newer]);
};
