/**
 * Members of the types that expressions may use: those of .NET Framework's, read from its libraries by reflection, those that later versions of
 * Newtonsoft.Json have besides, and what `context` gives (API Management policy expressions, context variable, 2026).
 */

/** By the short name of the type; inherited ones too. */
// biome-ignore format: a table
const NET: Readonly<Record<string, string>> = {
  Action: `BeginInvoke Clone Combine CreateDelegate DynamicInvoke EndInvoke Equals GetHashCode GetInvocationList GetObjectData GetType Invoke Method
    ReferenceEquals Remove RemoveAll Target ToString`,
  Array: `Add AsReadOnly BinarySearch Clear Clone CompareTo ConstrainedCopy Contains ConvertAll Copy CopyTo Count CreateInstance Empty Equals Exists
    Fill Find FindAll FindIndex FindLast FindLastIndex ForEach GetEnumerator GetHashCode GetLength GetLongLength GetLowerBound GetType
    GetUpperBound GetValue IndexOf Initialize Insert IsFixedSize IsReadOnly IsSynchronized Item LastIndexOf Length LongLength Rank
    ReferenceEquals Remove RemoveAt Resize Reverse SetValue Sort SyncRoot ToString TrueForAll`,
  AsymmetricAlgorithm: `Clear Create Dispose Equals ExportEncryptedPkcs8PrivateKey ExportPkcs8PrivateKey ExportSubjectPublicKeyInfo FromXmlString GetHashCode
    GetType ImportEncryptedPkcs8PrivateKey ImportPkcs8PrivateKey ImportSubjectPublicKeyInfo KeyExchangeAlgorithm KeySize LegalKeySizes
    ReferenceEquals SignatureAlgorithm ToString ToXmlString TryExportEncryptedPkcs8PrivateKey TryExportPkcs8PrivateKey
    TryExportSubjectPublicKeyInfo`,
  BitConverter: `DoubleToInt64Bits Equals GetBytes GetHashCode GetType Int32BitsToSingle Int64BitsToDouble IsLittleEndian ReferenceEquals SingleToInt32Bits
    ToBoolean ToChar ToDouble ToInt16 ToInt32 ToInt64 ToSingle ToString ToUInt16 ToUInt32 ToUInt64 TryWriteBytes`,
  Boolean: `CompareTo Equals FalseString GetHashCode GetType GetTypeCode Parse ReferenceEquals ToBoolean ToByte ToChar ToDateTime ToDecimal ToDouble
    ToInt16 ToInt32 ToInt64 ToSByte ToSingle ToString ToType ToUInt16 ToUInt32 ToUInt64 TrueString TryFormat TryParse`,
  Byte: `CompareTo Equals GetHashCode GetType GetTypeCode MaxValue MinValue Parse ReferenceEquals ToBoolean ToByte ToChar ToDateTime ToDecimal
    ToDouble ToInt16 ToInt32 ToInt64 ToSByte ToSingle ToString ToType ToUInt16 ToUInt32 ToUInt64 TryFormat TryParse`,
  Capture: `Equals GetHashCode GetType Index Length ReferenceEquals ToString Value`,
  CaptureCollection: `Add Clear Contains CopyTo Count Equals GetEnumerator GetHashCode GetType IndexOf Insert IsFixedSize IsReadOnly IsSynchronized Item
    ReferenceEquals Remove RemoveAt SyncRoot ToString`,
  Char: `CompareTo ConvertFromUtf32 ConvertToUtf32 Equals GetHashCode GetNumericValue GetType GetTypeCode GetUnicodeCategory IsControl IsDigit
    IsHighSurrogate IsLetter IsLetterOrDigit IsLowSurrogate IsLower IsNumber IsPunctuation IsSeparator IsSurrogate IsSurrogatePair IsSymbol
    IsUpper IsWhiteSpace MaxValue MinValue Parse ReferenceEquals ToBoolean ToByte ToChar ToDateTime ToDecimal ToDouble ToInt16 ToInt32 ToInt64
    ToLower ToLowerInvariant ToSByte ToSingle ToString ToType ToUInt16 ToUInt32 ToUInt64 ToUpper ToUpperInvariant TryParse`,
  CipherMode: `CBC CFB CTS CompareTo ECB Equals Format GetHashCode GetName GetNames GetType GetTypeCode GetUnderlyingType GetValues HasFlag IsDefined OFB
    Parse ReferenceEquals ToBoolean ToByte ToChar ToDateTime ToDecimal ToDouble ToInt16 ToInt32 ToInt64 ToObject ToSByte ToSingle ToString
    ToType ToUInt16 ToUInt32 ToUInt64 TryParse value__`,
  Convert: `ChangeType DBNull Equals FromBase64CharArray FromBase64String GetHashCode GetType GetTypeCode IsDBNull ReferenceEquals ToBase64CharArray
    ToBase64String ToBoolean ToByte ToChar ToDateTime ToDecimal ToDouble ToInt16 ToInt32 ToInt64 ToSByte ToSingle ToString ToUInt16 ToUInt32
    ToUInt64 TryFromBase64Chars TryFromBase64String TryToBase64Chars`,
  DateTime: `Add AddDays AddHours AddMilliseconds AddMinutes AddMonths AddSeconds AddTicks AddYears Compare CompareTo Date Day DayOfWeek DayOfYear
    DaysInMonth Equals FromBinary FromFileTime FromFileTimeUtc FromOADate GetDateTimeFormats GetHashCode GetObjectData GetType GetTypeCode Hour
    IsDaylightSavingTime IsLeapYear Kind MaxValue Millisecond MinValue Minute Month Now Parse ParseExact ReferenceEquals Second SpecifyKind
    Subtract Ticks TimeOfDay ToBinary ToBoolean ToByte ToChar ToDateTime ToDecimal ToDouble ToFileTime ToFileTimeUtc ToInt16 ToInt32 ToInt64
    ToLocalTime ToLongDateString ToLongTimeString ToOADate ToSByte ToShortDateString ToShortTimeString ToSingle ToString ToType ToUInt16
    ToUInt32 ToUInt64 ToUniversalTime Today TryFormat TryParse TryParseExact UnixEpoch UtcNow Year`,
  DateTimeKind: `CompareTo Equals Format GetHashCode GetName GetNames GetType GetTypeCode GetUnderlyingType GetValues HasFlag IsDefined Local Parse
    ReferenceEquals ToBoolean ToByte ToChar ToDateTime ToDecimal ToDouble ToInt16 ToInt32 ToInt64 ToObject ToSByte ToSingle ToString ToType
    ToUInt16 ToUInt32 ToUInt64 TryParse Unspecified Utc value__`,
  DateTimeOffset: `Add AddDays AddHours AddMilliseconds AddMinutes AddMonths AddSeconds AddTicks AddYears Compare CompareTo Date DateTime Day DayOfWeek
    DayOfYear Equals EqualsExact FromFileTime FromUnixTimeMilliseconds FromUnixTimeSeconds GetHashCode GetObjectData GetType Hour LocalDateTime
    MaxValue Millisecond MinValue Minute Month Now Offset OnDeserialization Parse ParseExact ReferenceEquals Second Subtract Ticks TimeOfDay
    ToFileTime ToLocalTime ToOffset ToString ToUniversalTime ToUnixTimeMilliseconds ToUnixTimeSeconds TryFormat TryParse TryParseExact UnixEpoch
    UtcDateTime UtcNow UtcTicks Year`,
  Decimal: `Add Ceiling Compare CompareTo Divide Equals Floor FromOACurrency GetBits GetHashCode GetType GetTypeCode MaxValue MinValue MinusOne Multiply
    Negate OnDeserialization One Parse ReferenceEquals Remainder Round Subtract ToBoolean ToByte ToChar ToDateTime ToDecimal ToDouble ToInt16
    ToInt32 ToInt64 ToOACurrency ToSByte ToSingle ToString ToType ToUInt16 ToUInt32 ToUInt64 Truncate TryFormat TryParse Zero`,
  Dictionary: `Add Clear Comparer Contains ContainsKey ContainsValue CopyTo Count EnsureCapacity Enumerator Equals GetEnumerator GetHashCode GetObjectData
    GetType IsFixedSize IsReadOnly IsSynchronized Item KeyCollection Keys OnDeserialization ReferenceEquals Remove SyncRoot ToString TrimExcess
    TryAdd TryGetValue ValueCollection Values`,
  Double: `CompareTo Epsilon Equals GetHashCode GetType GetTypeCode IsFinite IsInfinity IsNaN IsNegative IsNegativeInfinity IsNormal IsPositiveInfinity
    IsSubnormal MaxValue MinValue NaN NegativeInfinity Parse PositiveInfinity ReferenceEquals ToBoolean ToByte ToChar ToDateTime ToDecimal
    ToDouble ToInt16 ToInt32 ToInt64 ToSByte ToSingle ToString ToType ToUInt16 ToUInt32 ToUInt64 TryFormat TryParse`,
  Encoding: `ASCII BigEndianUnicode BodyName Clone CodePage Convert DecoderFallback Default EncoderFallback EncodingName Equals GetByteCount GetBytes
    GetCharCount GetChars GetDecoder GetEncoder GetEncoding GetEncodings GetHashCode GetMaxByteCount GetMaxCharCount GetPreamble GetString
    GetType HeaderName IsAlwaysNormalized IsBrowserDisplay IsBrowserSave IsMailNewsDisplay IsMailNewsSave IsReadOnly IsSingleByte Preamble
    ReferenceEquals RegisterProvider ToString UTF32 UTF7 UTF8 Unicode WebName WindowsCodePage`,
  Enum: `CompareTo Equals Format GetHashCode GetName GetNames GetType GetTypeCode GetUnderlyingType GetValues HasFlag IsDefined Parse ReferenceEquals
    ToBoolean ToByte ToChar ToDateTime ToDecimal ToDouble ToInt16 ToInt32 ToInt64 ToObject ToSByte ToSingle ToString ToType ToUInt16 ToUInt32
    ToUInt64 TryParse`,
  Enumerable: `Aggregate All Any Append AsEnumerable Average Cast Concat Contains Count DefaultIfEmpty Distinct ElementAt ElementAtOrDefault Empty Equals
    Except First FirstOrDefault GetHashCode GetType GroupBy GroupJoin Intersect Join Last LastOrDefault LongCount Max Min OfType OrderBy
    OrderByDescending Prepend Range ReferenceEquals Repeat Reverse Select SelectMany SequenceEqual Single SingleOrDefault Skip SkipLast
    SkipWhile Sum Take TakeLast TakeWhile ThenBy ThenByDescending ToArray ToDictionary ToHashSet ToList ToLookup ToString Union Where Zip`,
  Exception: `Data Equals GetBaseException GetHashCode GetObjectData GetType HResult HelpLink InnerException Message ReferenceEquals Source StackTrace
    TargetSite ToString`,
  Extensions: `Ancestors AncestorsAndSelf AsJEnumerable Attributes Children DescendantNodes DescendantNodesAndSelf Descendants DescendantsAndSelf Elements
    Equals GetHashCode GetType InDocumentOrder Nodes Properties ReferenceEquals Remove ToString Value Values`,
  Formatting: `CompareTo Equals Format GetHashCode GetName GetNames GetType GetTypeCode GetUnderlyingType GetValues HasFlag Indented IsDefined None Parse
    ReferenceEquals ToBoolean ToByte ToChar ToDateTime ToDecimal ToDouble ToInt16 ToInt32 ToInt64 ToObject ToSByte ToSingle ToString ToType
    ToUInt16 ToUInt32 ToUInt64 TryParse value__`,
  Func: `BeginInvoke Clone Combine CreateDelegate DynamicInvoke EndInvoke Equals GetHashCode GetInvocationList GetObjectData GetType Invoke Method
    ReferenceEquals Remove RemoveAll Target ToString`,
  Group: `Captures Equals GetHashCode GetType Index Length Name ReferenceEquals Success Synchronized ToString Value`,
  GroupCollection: `Add Clear Contains CopyTo Count Equals GetEnumerator GetHashCode GetType IndexOf Insert IsFixedSize IsReadOnly IsSynchronized Item
    ReferenceEquals Remove RemoveAt SyncRoot ToString`,
  Guid: `CompareTo Empty Equals GetHashCode GetType NewGuid Parse ParseExact ReferenceEquals ToByteArray ToString TryFormat TryParse TryParseExact
    TryWriteBytes`,
  HMAC: `CanReuseTransform CanTransformMultipleBlocks Clear ComputeHash Create Dispose Equals GetHashCode GetType Hash HashName HashSize Initialize
    InputBlockSize Key OutputBlockSize ReferenceEquals ToString TransformBlock TransformFinalBlock TryComputeHash`,
  HMACMD5: `CanReuseTransform CanTransformMultipleBlocks Clear ComputeHash Create Dispose Equals GetHashCode GetType Hash HashName HashSize Initialize
    InputBlockSize Key OutputBlockSize ReferenceEquals ToString TransformBlock TransformFinalBlock TryComputeHash`,
  HMACSHA1: `CanReuseTransform CanTransformMultipleBlocks Clear ComputeHash Create Dispose Equals GetHashCode GetType Hash HashName HashSize Initialize
    InputBlockSize Key OutputBlockSize ReferenceEquals ToString TransformBlock TransformFinalBlock TryComputeHash`,
  HMACSHA256: `CanReuseTransform CanTransformMultipleBlocks Clear ComputeHash Create Dispose Equals GetHashCode GetType Hash HashName HashSize Initialize
    InputBlockSize Key OutputBlockSize ReferenceEquals ToString TransformBlock TransformFinalBlock TryComputeHash`,
  HMACSHA384: `CanReuseTransform CanTransformMultipleBlocks Clear ComputeHash Create Dispose Equals GetHashCode GetType Hash HashName HashSize Initialize
    InputBlockSize Key OutputBlockSize ProduceLegacyHmacValues ReferenceEquals ToString TransformBlock TransformFinalBlock TryComputeHash`,
  HMACSHA512: `CanReuseTransform CanTransformMultipleBlocks Clear ComputeHash Create Dispose Equals GetHashCode GetType Hash HashName HashSize Initialize
    InputBlockSize Key OutputBlockSize ProduceLegacyHmacValues ReferenceEquals ToString TransformBlock TransformFinalBlock TryComputeHash`,
  HashAlgorithm: `CanReuseTransform CanTransformMultipleBlocks Clear ComputeHash Create Dispose Equals GetHashCode GetType Hash HashSize Initialize
    InputBlockSize OutputBlockSize ReferenceEquals ToString TransformBlock TransformFinalBlock TryComputeHash`,
  HashAlgorithmName: `Equals GetHashCode GetType MD5 Name ReferenceEquals SHA1 SHA256 SHA384 SHA512 ToString`,
  HashSet: `Add Clear Comparer Contains CopyTo Count CreateSetComparer EnsureCapacity Enumerator Equals ExceptWith GetEnumerator GetHashCode
    GetObjectData GetType IntersectWith IsProperSubsetOf IsProperSupersetOf IsReadOnly IsSubsetOf IsSupersetOf OnDeserialization Overlaps
    ReferenceEquals Remove RemoveWhere SetEquals SymmetricExceptWith ToString TrimExcess TryGetValue UnionWith`,
  ICollection: `Add Clear Contains CopyTo Count GetEnumerator IsReadOnly Remove`,
  IDictionary: `Add Clear Contains ContainsKey CopyTo Count GetEnumerator IsReadOnly Item Keys Remove TryGetValue Values`,
  IEnumerable: `GetEnumerator`,
  IEnumerator: `Current Dispose MoveNext Reset`,
  IList: `Add Clear Contains CopyTo Count GetEnumerator IndexOf Insert IsReadOnly Item Remove RemoveAt`,
  IPAddress: `Address AddressFamily Any Broadcast Equals GetAddressBytes GetHashCode GetType HostToNetworkOrder IPv6Any IPv6Loopback IPv6None
    IsIPv4MappedToIPv6 IsIPv6LinkLocal IsIPv6Multicast IsIPv6SiteLocal IsIPv6Teredo IsLoopback Loopback MapToIPv4 MapToIPv6 NetworkToHostOrder
    None Parse ReferenceEquals ScopeId ToString TryFormat TryParse TryWriteBytes`,
  IReadOnlyCollection: `Count GetEnumerator`,
  IReadOnlyDictionary: `ContainsKey Count GetEnumerator Item Keys TryGetValue Values`,
  ISet: `Add Clear Contains CopyTo Count ExceptWith GetEnumerator IntersectWith IsProperSubsetOf IsProperSupersetOf IsReadOnly IsSubsetOf
    IsSupersetOf Overlaps Remove SetEquals SymmetricExceptWith UnionWith`,
  Int16: `CompareTo Equals GetHashCode GetType GetTypeCode MaxValue MinValue Parse ReferenceEquals ToBoolean ToByte ToChar ToDateTime ToDecimal
    ToDouble ToInt16 ToInt32 ToInt64 ToSByte ToSingle ToString ToType ToUInt16 ToUInt32 ToUInt64 TryFormat TryParse`,
  Int32: `CompareTo Equals GetHashCode GetType GetTypeCode MaxValue MinValue Parse ReferenceEquals ToBoolean ToByte ToChar ToDateTime ToDecimal
    ToDouble ToInt16 ToInt32 ToInt64 ToSByte ToSingle ToString ToType ToUInt16 ToUInt32 ToUInt64 TryFormat TryParse`,
  Int64: `CompareTo Equals GetHashCode GetType GetTypeCode MaxValue MinValue Parse ReferenceEquals ToBoolean ToByte ToChar ToDateTime ToDecimal
    ToDouble ToInt16 ToInt32 ToInt64 ToSByte ToSingle ToString ToType ToUInt16 ToUInt32 ToUInt64 TryFormat TryParse`,
  JArray: `Add AddAfterSelf AddAnnotation AddBeforeSelf AddFirst AddIndex AddNew AddingNew AfterSelf AllowEdit AllowNew AllowRemove Ancestors
    AncestorsAndSelf Annotation Annotations ApplySort BeforeSelf Children Clear Clone CollectionChanged Contains CopyTo Count CreateReader
    CreateWriter DeepClone DeepEquals Descendants DescendantsAndSelf EqualityComparer Equals Find First FromObject GetEnumerator GetHashCode
    GetItemProperties GetListName GetMetaObject GetType HasLineInfo HasValues IndexOf Insert IsFixedSize IsReadOnly IsSorted IsSynchronized Item
    Last LineNumber LinePosition ListChanged Load Merge Next Parent Parse Path Previous ReadFrom ReferenceEquals Remove RemoveAll
    RemoveAnnotations RemoveAt RemoveIndex RemoveSort Replace ReplaceAll Root SelectToken SelectTokens SortDirection SortProperty
    SupportsChangeNotification SupportsSearching SupportsSorting SyncRoot ToObject ToString Type Value Values WriteTo`,
  JConstructor: `Add AddAfterSelf AddAnnotation AddBeforeSelf AddFirst AddIndex AddNew AddingNew AfterSelf AllowEdit AllowNew AllowRemove Ancestors
    AncestorsAndSelf Annotation Annotations ApplySort BeforeSelf Children Clear Clone CollectionChanged Contains CopyTo Count CreateReader
    CreateWriter DeepClone DeepEquals Descendants DescendantsAndSelf EqualityComparer Equals Find First FromObject GetEnumerator GetHashCode
    GetItemProperties GetListName GetMetaObject GetType HasLineInfo HasValues IndexOf Insert IsFixedSize IsReadOnly IsSorted IsSynchronized Item
    Last LineNumber LinePosition ListChanged Load Merge Name Next Parent Parse Path Previous ReadFrom ReferenceEquals Remove RemoveAll
    RemoveAnnotations RemoveAt RemoveIndex RemoveSort Replace ReplaceAll Root SelectToken SelectTokens SortDirection SortProperty
    SupportsChangeNotification SupportsSearching SupportsSorting SyncRoot ToObject ToString Type Value Values WriteTo`,
  JContainer: `Add AddAfterSelf AddAnnotation AddBeforeSelf AddFirst AddIndex AddNew AddingNew AfterSelf AllowEdit AllowNew AllowRemove Ancestors
    AncestorsAndSelf Annotation Annotations ApplySort BeforeSelf Children Clear Clone CollectionChanged Contains CopyTo Count CreateReader
    CreateWriter DeepClone DeepEquals Descendants DescendantsAndSelf EqualityComparer Equals Find First FromObject GetEnumerator GetHashCode
    GetItemProperties GetListName GetMetaObject GetType HasLineInfo HasValues IndexOf Insert IsFixedSize IsReadOnly IsSorted IsSynchronized Item
    Last LineNumber LinePosition ListChanged Load Merge Next Parent Parse Path Previous ReadFrom ReferenceEquals Remove RemoveAll
    RemoveAnnotations RemoveAt RemoveIndex RemoveSort Replace ReplaceAll Root SelectToken SelectTokens SortDirection SortProperty
    SupportsChangeNotification SupportsSearching SupportsSorting SyncRoot ToObject ToString Type Value Values WriteTo`,
  JObject: `Add AddAfterSelf AddAnnotation AddBeforeSelf AddFirst AddIndex AddNew AddingNew AfterSelf AllowEdit AllowNew AllowRemove Ancestors
    AncestorsAndSelf Annotation Annotations ApplySort BeforeSelf Children Clear Clone CollectionChanged Contains ContainsKey CopyTo Count
    CreateReader CreateWriter DeepClone DeepEquals Descendants DescendantsAndSelf EqualityComparer Equals Find First FromObject GetAttributes
    GetClassName GetComponentName GetConverter GetDefaultEvent GetDefaultProperty GetEditor GetEnumerator GetEvents GetHashCode
    GetItemProperties GetListName GetMetaObject GetProperties GetPropertyOwner GetType GetValue HasLineInfo HasValues IndexOf Insert IsFixedSize
    IsReadOnly IsSorted IsSynchronized Item Keys Last LineNumber LinePosition ListChanged Load Merge Next Parent Parse Path Previous Properties
    Property PropertyChanged PropertyChanging PropertyValues ReadFrom ReferenceEquals Remove RemoveAll RemoveAnnotations RemoveAt RemoveIndex
    RemoveSort Replace ReplaceAll Root SelectToken SelectTokens SortDirection SortProperty SupportsChangeNotification SupportsSearching
    SupportsSorting SyncRoot ToObject ToString TryGetValue Type Value Values WriteTo`,
  JProperty: `Add AddAfterSelf AddAnnotation AddBeforeSelf AddFirst AddIndex AddNew AddingNew AfterSelf AllowEdit AllowNew AllowRemove Ancestors
    AncestorsAndSelf Annotation Annotations ApplySort BeforeSelf Children Clear Clone CollectionChanged Contains CopyTo Count CreateReader
    CreateWriter DeepClone DeepEquals Descendants DescendantsAndSelf EqualityComparer Equals Find First FromObject GetEnumerator GetHashCode
    GetItemProperties GetListName GetMetaObject GetType HasLineInfo HasValues IndexOf Insert IsFixedSize IsReadOnly IsSorted IsSynchronized Item
    Last LineNumber LinePosition ListChanged Load Merge Name Next Parent Parse Path Previous ReadFrom ReferenceEquals Remove RemoveAll
    RemoveAnnotations RemoveAt RemoveIndex RemoveSort Replace ReplaceAll Root SelectToken SelectTokens SortDirection SortProperty
    SupportsChangeNotification SupportsSearching SupportsSorting SyncRoot ToObject ToString Type Value Values WriteTo`,
  JRaw: `AddAfterSelf AddAnnotation AddBeforeSelf AfterSelf Ancestors AncestorsAndSelf Annotation Annotations BeforeSelf Children Clone CompareTo
    Create CreateComment CreateNull CreateReader CreateString CreateUndefined DeepClone DeepEquals EqualityComparer Equals First FromObject
    GetEnumerator GetHashCode GetMetaObject GetType GetTypeCode HasLineInfo HasValues Item Last LineNumber LinePosition Load Next Parent Parse
    Path Previous ReadFrom ReferenceEquals Remove RemoveAnnotations Replace Root SelectToken SelectTokens ToBoolean ToByte ToChar ToDateTime
    ToDecimal ToDouble ToInt16 ToInt32 ToInt64 ToObject ToSByte ToSingle ToString ToType ToUInt16 ToUInt32 ToUInt64 Type Value Values WriteTo`,
  JToken: `AddAfterSelf AddAnnotation AddBeforeSelf AfterSelf Ancestors AncestorsAndSelf Annotation Annotations BeforeSelf Children Clone CreateReader
    DeepClone DeepEquals EqualityComparer Equals First FromObject GetEnumerator GetHashCode GetMetaObject GetType HasLineInfo HasValues Item
    Last LineNumber LinePosition Load Next Parent Parse Path Previous ReadFrom ReferenceEquals Remove RemoveAnnotations Replace Root SelectToken
    SelectTokens ToObject ToString Type Value Values WriteTo`,
  JTokenType: `Array Boolean Bytes Comment CompareTo Constructor Date Equals Float Format GetHashCode GetName GetNames GetType GetTypeCode
    GetUnderlyingType GetValues Guid HasFlag Integer IsDefined None Null Object Parse Property Raw ReferenceEquals String TimeSpan ToBoolean
    ToByte ToChar ToDateTime ToDecimal ToDouble ToInt16 ToInt32 ToInt64 ToObject ToSByte ToSingle ToString ToType ToUInt16 ToUInt32 ToUInt64
    TryParse Undefined Uri value__`,
  JValue: `AddAfterSelf AddAnnotation AddBeforeSelf AfterSelf Ancestors AncestorsAndSelf Annotation Annotations BeforeSelf Children Clone CompareTo
    CreateComment CreateNull CreateReader CreateString CreateUndefined DeepClone DeepEquals EqualityComparer Equals First FromObject
    GetEnumerator GetHashCode GetMetaObject GetType GetTypeCode HasLineInfo HasValues Item Last LineNumber LinePosition Load Next Parent Parse
    Path Previous ReadFrom ReferenceEquals Remove RemoveAnnotations Replace Root SelectToken SelectTokens ToBoolean ToByte ToChar ToDateTime
    ToDecimal ToDouble ToInt16 ToInt32 ToInt64 ToObject ToSByte ToSingle ToString ToType ToUInt16 ToUInt32 ToUInt64 Type Value Values WriteTo`,
  JsonConvert: `DefaultSettings DeserializeAnonymousType DeserializeObject DeserializeObjectAsync DeserializeXNode DeserializeXmlNode Equals False
    GetHashCode GetType NaN NegativeInfinity Null PopulateObject PopulateObjectAsync PositiveInfinity ReferenceEquals SerializeObject
    SerializeObjectAsync SerializeXNode SerializeXmlNode ToString True Undefined`,
  KeyValuePair: `Create Deconstruct Equals GetHashCode GetType Key ReferenceEquals ToString Value`,
  KeyedHashAlgorithm: `CanReuseTransform CanTransformMultipleBlocks Clear ComputeHash Create Dispose Equals GetHashCode GetType Hash HashSize Initialize
    InputBlockSize Key OutputBlockSize ReferenceEquals ToString TransformBlock TransformFinalBlock TryComputeHash`,
  List: `Add AddRange AsReadOnly BinarySearch Capacity Clear Contains ConvertAll CopyTo Count Enumerator Equals Exists Find FindAll FindIndex
    FindLast FindLastIndex ForEach GetEnumerator GetHashCode GetRange GetType IndexOf Insert InsertRange IsFixedSize IsReadOnly IsSynchronized
    Item LastIndexOf ReferenceEquals Remove RemoveAll RemoveAt RemoveRange Reverse Sort SyncRoot ToArray ToString TrimExcess TrueForAll`,
  MD5: `CanReuseTransform CanTransformMultipleBlocks Clear ComputeHash Create Dispose Equals GetHashCode GetType Hash HashSize Initialize
    InputBlockSize OutputBlockSize ReferenceEquals ToString TransformBlock TransformFinalBlock TryComputeHash`,
  Match: `Captures Empty Equals GetHashCode GetType Groups Index Length Name NextMatch ReferenceEquals Result Success Synchronized ToString Value`,
  MatchCollection: `Add Clear Contains CopyTo Count Equals GetEnumerator GetHashCode GetType IndexOf Insert IsFixedSize IsReadOnly IsSynchronized Item
    ReferenceEquals Remove RemoveAt SyncRoot ToString`,
  Math: `Abs Acos Acosh Asin Asinh Atan Atan2 Atanh BigMul Cbrt Ceiling Clamp Cos Cosh DivRem E Equals Exp Floor GetHashCode GetType IEEERemainder
    Log Log10 Max Min PI Pow ReferenceEquals Round Sign Sin Sinh Sqrt Tan Tanh ToString Truncate`,
  MidpointRounding: `AwayFromZero CompareTo Equals Format GetHashCode GetName GetNames GetType GetTypeCode GetUnderlyingType GetValues HasFlag IsDefined Parse
    ReferenceEquals ToBoolean ToByte ToChar ToDateTime ToDecimal ToDouble ToEven ToInt16 ToInt32 ToInt64 ToObject ToSByte ToSingle ToString
    ToType ToUInt16 ToUInt32 ToUInt64 TryParse value__`,
  Nullable: `Compare Equals GetHashCode GetType GetUnderlyingType GetValueOrDefault HasValue ReferenceEquals ToString Value`,
  Object: `Equals GetHashCode GetType ReferenceEquals ToString`,
  Oid: `Equals FriendlyName FromFriendlyName FromOidValue GetHashCode GetType ReferenceEquals ToString Value`,
  PaddingMode: `ANSIX923 CompareTo Equals Format GetHashCode GetName GetNames GetType GetTypeCode GetUnderlyingType GetValues HasFlag ISO10126 IsDefined
    None PKCS7 Parse ReferenceEquals ToBoolean ToByte ToChar ToDateTime ToDecimal ToDouble ToInt16 ToInt32 ToInt64 ToObject ToSByte ToSingle
    ToString ToType ToUInt16 ToUInt32 ToUInt64 TryParse Zeros value__`,
  PublicKey: `EncodedKeyValue EncodedParameters Equals GetHashCode GetType Key Oid ReferenceEquals ToString`,
  Queue: `Clear Contains CopyTo Count Dequeue Enqueue Enumerator Equals GetEnumerator GetHashCode GetType IsSynchronized Peek ReferenceEquals SyncRoot
    ToArray ToString TrimExcess TryDequeue TryPeek`,
  RNGCryptoServiceProvider: `Create Dispose Equals Fill GetBytes GetHashCode GetInt32 GetNonZeroBytes GetType ReferenceEquals ToString`,
  RSA: `Clear Create Decrypt DecryptValue Dispose Encrypt EncryptValue Equals ExportEncryptedPkcs8PrivateKey ExportParameters ExportPkcs8PrivateKey
    ExportRSAPrivateKey ExportRSAPublicKey ExportSubjectPublicKeyInfo FromXmlString GetHashCode GetType ImportEncryptedPkcs8PrivateKey
    ImportParameters ImportPkcs8PrivateKey ImportRSAPrivateKey ImportRSAPublicKey ImportSubjectPublicKeyInfo KeyExchangeAlgorithm KeySize
    LegalKeySizes ReferenceEquals SignData SignHash SignatureAlgorithm ToString ToXmlString TryDecrypt TryEncrypt
    TryExportEncryptedPkcs8PrivateKey TryExportPkcs8PrivateKey TryExportRSAPrivateKey TryExportRSAPublicKey TryExportSubjectPublicKeyInfo
    TrySignData TrySignHash VerifyData VerifyHash`,
  RSACertificateExtensions: `CopyWithPrivateKey Equals GetHashCode GetRSAPrivateKey GetRSAPublicKey GetType ReferenceEquals ToString`,
  RSAEncryptionPadding: `CreateOaep Equals GetHashCode GetType Mode OaepHashAlgorithm OaepSHA1 OaepSHA256 OaepSHA384 OaepSHA512 Pkcs1 ReferenceEquals ToString`,
  RSASignaturePadding: `Equals GetHashCode GetType Mode Pkcs1 Pss ReferenceEquals ToString`,
  Random: `Equals GetHashCode GetType Next NextBytes NextDouble ReferenceEquals ToString`,
  Regex: `CacheSize CompileToAssembly Equals Escape GetGroupNames GetGroupNumbers GetHashCode GetObjectData GetType GroupNameFromNumber
    GroupNumberFromName InfiniteMatchTimeout IsMatch Match MatchTimeout Matches Options ReferenceEquals Replace RightToLeft Split ToString
    Unescape`,
  RegexOptions: `CompareTo Compiled CultureInvariant ECMAScript Equals ExplicitCapture Format GetHashCode GetName GetNames GetType GetTypeCode
    GetUnderlyingType GetValues HasFlag IgnoreCase IgnorePatternWhitespace IsDefined Multiline None Parse ReferenceEquals RightToLeft Singleline
    ToBoolean ToByte ToChar ToDateTime ToDecimal ToDouble ToInt16 ToInt32 ToInt64 ToObject ToSByte ToSingle ToString ToType ToUInt16 ToUInt32
    ToUInt64 TryParse value__`,
  SByte: `CompareTo Equals GetHashCode GetType GetTypeCode MaxValue MinValue Parse ReferenceEquals ToBoolean ToByte ToChar ToDateTime ToDecimal
    ToDouble ToInt16 ToInt32 ToInt64 ToSByte ToSingle ToString ToType ToUInt16 ToUInt32 ToUInt64 TryFormat TryParse`,
  SHA1: `CanReuseTransform CanTransformMultipleBlocks Clear ComputeHash Create Dispose Equals GetHashCode GetType Hash HashSize Initialize
    InputBlockSize OutputBlockSize ReferenceEquals ToString TransformBlock TransformFinalBlock TryComputeHash`,
  SHA1Managed: `CanReuseTransform CanTransformMultipleBlocks Clear ComputeHash Create Dispose Equals GetHashCode GetType Hash HashSize Initialize
    InputBlockSize OutputBlockSize ReferenceEquals ToString TransformBlock TransformFinalBlock TryComputeHash`,
  SHA256: `CanReuseTransform CanTransformMultipleBlocks Clear ComputeHash Create Dispose Equals GetHashCode GetType Hash HashSize Initialize
    InputBlockSize OutputBlockSize ReferenceEquals ToString TransformBlock TransformFinalBlock TryComputeHash`,
  SHA256Managed: `CanReuseTransform CanTransformMultipleBlocks Clear ComputeHash Create Dispose Equals GetHashCode GetType Hash HashSize Initialize
    InputBlockSize OutputBlockSize ReferenceEquals ToString TransformBlock TransformFinalBlock TryComputeHash`,
  SHA384: `CanReuseTransform CanTransformMultipleBlocks Clear ComputeHash Create Dispose Equals GetHashCode GetType Hash HashSize Initialize
    InputBlockSize OutputBlockSize ReferenceEquals ToString TransformBlock TransformFinalBlock TryComputeHash`,
  SHA384Managed: `CanReuseTransform CanTransformMultipleBlocks Clear ComputeHash Create Dispose Equals GetHashCode GetType Hash HashSize Initialize
    InputBlockSize OutputBlockSize ReferenceEquals ToString TransformBlock TransformFinalBlock TryComputeHash`,
  SHA512: `CanReuseTransform CanTransformMultipleBlocks Clear ComputeHash Create Dispose Equals GetHashCode GetType Hash HashSize Initialize
    InputBlockSize OutputBlockSize ReferenceEquals ToString TransformBlock TransformFinalBlock TryComputeHash`,
  SHA512Managed: `CanReuseTransform CanTransformMultipleBlocks Clear ComputeHash Create Dispose Equals GetHashCode GetType Hash HashSize Initialize
    InputBlockSize OutputBlockSize ReferenceEquals ToString TransformBlock TransformFinalBlock TryComputeHash`,
  Single: `CompareTo Epsilon Equals GetHashCode GetType GetTypeCode IsFinite IsInfinity IsNaN IsNegative IsNegativeInfinity IsNormal IsPositiveInfinity
    IsSubnormal MaxValue MinValue NaN NegativeInfinity Parse PositiveInfinity ReferenceEquals ToBoolean ToByte ToChar ToDateTime ToDecimal
    ToDouble ToInt16 ToInt32 ToInt64 ToSByte ToSingle ToString ToType ToUInt16 ToUInt32 ToUInt64 TryFormat TryParse`,
  Stack: `Clear Contains CopyTo Count Enumerator Equals GetEnumerator GetHashCode GetType IsSynchronized Peek Pop Push ReferenceEquals SyncRoot
    ToArray ToString TrimExcess TryPeek TryPop`,
  String: `Chars Clone Compare CompareOrdinal CompareTo Concat Contains Copy CopyTo Create Empty EndsWith Equals Format GetEnumerator GetHashCode
    GetType GetTypeCode IndexOf IndexOfAny Insert Intern IsInterned IsNormalized IsNullOrEmpty IsNullOrWhiteSpace Join LastIndexOf
    LastIndexOfAny Length Normalize PadLeft PadRight ReferenceEquals Remove Replace Split StartsWith Substring ToBoolean ToByte ToChar
    ToCharArray ToDateTime ToDecimal ToDouble ToInt16 ToInt32 ToInt64 ToLower ToLowerInvariant ToSByte ToSingle ToString ToType ToUInt16
    ToUInt32 ToUInt64 ToUpper ToUpperInvariant Trim TrimEnd TrimStart`,
  StringBuilder: `Append AppendFormat AppendJoin AppendLine Capacity Chars Clear CopyTo EnsureCapacity Equals GetHashCode GetObjectData GetType Insert Length
    MaxCapacity ReferenceEquals Remove Replace ToString`,
  StringComparer: `Compare Create CurrentCulture CurrentCultureIgnoreCase Equals FromComparison GetHashCode GetType InvariantCulture InvariantCultureIgnoreCase
    Ordinal OrdinalIgnoreCase ReferenceEquals ToString`,
  StringComparison: `CompareTo CurrentCulture CurrentCultureIgnoreCase Equals Format GetHashCode GetName GetNames GetType GetTypeCode GetUnderlyingType GetValues
    HasFlag InvariantCulture InvariantCultureIgnoreCase IsDefined Ordinal OrdinalIgnoreCase Parse ReferenceEquals ToBoolean ToByte ToChar
    ToDateTime ToDecimal ToDouble ToInt16 ToInt32 ToInt64 ToObject ToSByte ToSingle ToString ToType ToUInt16 ToUInt32 ToUInt64 TryParse value__`,
  StringReader: `Close CreateObjRef Dispose Equals GetHashCode GetLifetimeService GetType InitializeLifetimeService Null Peek Read ReadAsync ReadBlock
    ReadBlockAsync ReadLine ReadLineAsync ReadToEnd ReadToEndAsync ReferenceEquals Synchronized ToString`,
  StringSplitOptions: `CompareTo Equals Format GetHashCode GetName GetNames GetType GetTypeCode GetUnderlyingType GetValues HasFlag IsDefined None Parse
    ReferenceEquals RemoveEmptyEntries ToBoolean ToByte ToChar ToDateTime ToDecimal ToDouble ToInt16 ToInt32 ToInt64 ToObject ToSByte ToSingle
    ToString ToType ToUInt16 ToUInt32 ToUInt64 TryParse value__`,
  StringWriter: `Close CreateObjRef Dispose DisposeAsync Encoding Equals Flush FlushAsync FormatProvider GetHashCode GetLifetimeService GetStringBuilder
    GetType InitializeLifetimeService NewLine Null ReferenceEquals Synchronized ToString Write WriteAsync WriteLine WriteLineAsync`,
  SymmetricAlgorithm: `BlockSize Clear Create CreateDecryptor CreateEncryptor Dispose Equals FeedbackSize GenerateIV GenerateKey GetHashCode GetType IV Key KeySize
    LegalBlockSizes LegalKeySizes Mode Padding ReferenceEquals ToString ValidKeySize`,
  TimeSpan: `Add Compare CompareTo Days Divide Duration Equals FromDays FromHours FromMilliseconds FromMinutes FromSeconds FromTicks GetHashCode GetType
    Hours MaxValue Milliseconds MinValue Minutes Multiply Negate Parse ParseExact ReferenceEquals Seconds Subtract Ticks TicksPerDay
    TicksPerHour TicksPerMillisecond TicksPerMinute TicksPerSecond ToString TotalDays TotalHours TotalMilliseconds TotalMinutes TotalSeconds
    TryFormat TryParse TryParseExact Zero`,
  TimeZone: `CurrentTimeZone DaylightName Equals GetDaylightChanges GetHashCode GetType GetUtcOffset IsDaylightSavingTime ReferenceEquals StandardName
    ToLocalTime ToString ToUniversalTime`,
  TimeZoneInfo: `AdjustmentRule BaseUtcOffset ClearCachedData ConvertTime ConvertTimeBySystemTimeZoneId ConvertTimeFromUtc ConvertTimeToUtc
    CreateCustomTimeZone DaylightName DisplayName Equals FindSystemTimeZoneById FromSerializedString GetAdjustmentRules GetAmbiguousTimeOffsets
    GetHashCode GetObjectData GetSystemTimeZones GetType GetUtcOffset HasSameRules Id IsAmbiguousTime IsDaylightSavingTime IsInvalidTime Local
    OnDeserialization ReferenceEquals StandardName SupportsDaylightSavingTime ToSerializedString ToString TransitionTime Utc`,
  Tuple: `CompareTo Create Equals GetHashCode GetType Item Item1 Item2 Item3 Item4 Item5 Item6 Item7 Length ReferenceEquals Rest ToString`,
  UInt16: `CompareTo Equals GetHashCode GetType GetTypeCode MaxValue MinValue Parse ReferenceEquals ToBoolean ToByte ToChar ToDateTime ToDecimal
    ToDouble ToInt16 ToInt32 ToInt64 ToSByte ToSingle ToString ToType ToUInt16 ToUInt32 ToUInt64 TryFormat TryParse`,
  UInt32: `CompareTo Equals GetHashCode GetType GetTypeCode MaxValue MinValue Parse ReferenceEquals ToBoolean ToByte ToChar ToDateTime ToDecimal
    ToDouble ToInt16 ToInt32 ToInt64 ToSByte ToSingle ToString ToType ToUInt16 ToUInt32 ToUInt64 TryFormat TryParse`,
  UInt64: `CompareTo Equals GetHashCode GetType GetTypeCode MaxValue MinValue Parse ReferenceEquals ToBoolean ToByte ToChar ToDateTime ToDecimal
    ToDouble ToInt16 ToInt32 ToInt64 ToSByte ToSingle ToString ToType ToUInt16 ToUInt32 ToUInt64 TryFormat TryParse`,
  Uri: `AbsolutePath AbsoluteUri Authority CheckHostName CheckSchemeName Compare DnsSafeHost Equals EscapeDataString EscapeUriString Fragment
    FromHex GetComponents GetHashCode GetLeftPart GetObjectData GetType HexEscape HexUnescape Host HostNameType IdnHost IsAbsoluteUri IsBaseOf
    IsDefaultPort IsFile IsHexDigit IsHexEncoding IsLoopback IsUnc IsWellFormedOriginalString IsWellFormedUriString LocalPath MakeRelative
    MakeRelativeUri OriginalString PathAndQuery Port Query ReferenceEquals Scheme SchemeDelimiter Segments ToString TryCreate UnescapeDataString
    UriSchemeFile UriSchemeFtp UriSchemeGopher UriSchemeHttp UriSchemeHttps UriSchemeMailto UriSchemeNetPipe UriSchemeNetTcp UriSchemeNews
    UriSchemeNntp UserEscaped UserInfo`,
  UriPartial: `Authority CompareTo Equals Format GetHashCode GetName GetNames GetType GetTypeCode GetUnderlyingType GetValues HasFlag IsDefined Parse Path
    Query ReferenceEquals Scheme ToBoolean ToByte ToChar ToDateTime ToDecimal ToDouble ToInt16 ToInt32 ToInt64 ToObject ToSByte ToSingle
    ToString ToType ToUInt16 ToUInt32 ToUInt64 TryParse value__`,
  WebUtility: `Equals GetHashCode GetType HtmlDecode HtmlEncode ReferenceEquals ToString UrlDecode UrlDecodeToBytes UrlEncode UrlEncodeToBytes`,
  X500DistinguishedName: `CopyFrom Decode Equals Format GetHashCode GetType Name Oid RawData ReferenceEquals ToString`,
  X509Certificate: `CreateFromCertFile CreateFromSignedFile Dispose Equals Export GetCertHash GetCertHashString GetEffectiveDateString GetExpirationDateString
    GetFormat GetHashCode GetIssuerName GetKeyAlgorithm GetKeyAlgorithmParameters GetKeyAlgorithmParametersString GetName GetObjectData
    GetPublicKey GetPublicKeyString GetRawCertData GetRawCertDataString GetSerialNumber GetSerialNumberString GetType Handle Import Issuer
    OnDeserialization ReferenceEquals Reset Subject ToString TryGetCertHash`,
  X509Certificate2: `Archived CreateFromCertFile CreateFromSignedFile Dispose Equals Export Extensions FriendlyName GetCertContentType GetCertHash
    GetCertHashString GetEffectiveDateString GetExpirationDateString GetFormat GetHashCode GetIssuerName GetKeyAlgorithm
    GetKeyAlgorithmParameters GetKeyAlgorithmParametersString GetName GetNameInfo GetObjectData GetPublicKey GetPublicKeyString GetRawCertData
    GetRawCertDataString GetSerialNumber GetSerialNumberString GetType Handle HasPrivateKey Import Issuer IssuerName NotAfter NotBefore
    OnDeserialization PrivateKey PublicKey RawData ReferenceEquals Reset SerialNumber SignatureAlgorithm Subject SubjectName Thumbprint ToString
    TryGetCertHash Verify Version`,
  X509ContentType: `Authenticode Cert CompareTo Equals Format GetHashCode GetName GetNames GetType GetTypeCode GetUnderlyingType GetValues HasFlag IsDefined
    Parse Pfx Pkcs12 Pkcs7 ReferenceEquals SerializedCert SerializedStore ToBoolean ToByte ToChar ToDateTime ToDecimal ToDouble ToInt16 ToInt32
    ToInt64 ToObject ToSByte ToSingle ToString ToType ToUInt16 ToUInt32 ToUInt64 TryParse Unknown value__`,
  X509NameType: `CompareTo DnsFromAlternativeName DnsName EmailName Equals Format GetHashCode GetName GetNames GetType GetTypeCode GetUnderlyingType
    GetValues HasFlag IsDefined Parse ReferenceEquals SimpleName ToBoolean ToByte ToChar ToDateTime ToDecimal ToDouble ToInt16 ToInt32 ToInt64
    ToObject ToSByte ToSingle ToString ToType ToUInt16 ToUInt32 ToUInt64 TryParse UpnName UrlName value__`,
  XAttribute: `AddAnnotation Annotation Annotations BaseUri Changed Changing Document EmptySequence Equals GetHashCode GetType HasLineInfo
    IsNamespaceDeclaration LineNumber LinePosition Name NextAttribute NodeType Parent PreviousAttribute ReferenceEquals Remove RemoveAnnotations
    SetValue ToString Value`,
  XCData: `AddAfterSelf AddAnnotation AddBeforeSelf Ancestors Annotation Annotations BaseUri Changed Changing CompareDocumentOrder CreateReader
    DeepEquals Document DocumentOrderComparer ElementsAfterSelf ElementsBeforeSelf EqualityComparer Equals GetHashCode GetType HasLineInfo
    IsAfter IsBefore LineNumber LinePosition NextNode NodeType NodesAfterSelf NodesBeforeSelf Parent PreviousNode ReadFrom ReadFromAsync
    ReferenceEquals Remove RemoveAnnotations ReplaceWith ToString Value WriteTo WriteToAsync`,
  XComment: `AddAfterSelf AddAnnotation AddBeforeSelf Ancestors Annotation Annotations BaseUri Changed Changing CompareDocumentOrder CreateReader
    DeepEquals Document DocumentOrderComparer ElementsAfterSelf ElementsBeforeSelf EqualityComparer Equals GetHashCode GetType HasLineInfo
    IsAfter IsBefore LineNumber LinePosition NextNode NodeType NodesAfterSelf NodesBeforeSelf Parent PreviousNode ReadFrom ReadFromAsync
    ReferenceEquals Remove RemoveAnnotations ReplaceWith ToString Value WriteTo WriteToAsync`,
  XContainer: `Add AddAfterSelf AddAnnotation AddBeforeSelf AddFirst Ancestors Annotation Annotations BaseUri Changed Changing CompareDocumentOrder
    CreateReader CreateWriter DeepEquals DescendantNodes Descendants Document DocumentOrderComparer Element Elements ElementsAfterSelf
    ElementsBeforeSelf EqualityComparer Equals FirstNode GetHashCode GetType HasLineInfo IsAfter IsBefore LastNode LineNumber LinePosition
    NextNode NodeType Nodes NodesAfterSelf NodesBeforeSelf Parent PreviousNode ReadFrom ReadFromAsync ReferenceEquals Remove RemoveAnnotations
    RemoveNodes ReplaceNodes ReplaceWith ToString WriteTo WriteToAsync`,
  XDeclaration: `Encoding Equals GetHashCode GetType ReferenceEquals Standalone ToString Version`,
  XDocument: `Add AddAfterSelf AddAnnotation AddBeforeSelf AddFirst Ancestors Annotation Annotations BaseUri Changed Changing CompareDocumentOrder
    CreateReader CreateWriter Declaration DeepEquals DescendantNodes Descendants Document DocumentOrderComparer DocumentType Element Elements
    ElementsAfterSelf ElementsBeforeSelf EqualityComparer Equals FirstNode GetHashCode GetType HasLineInfo IsAfter IsBefore LastNode LineNumber
    LinePosition Load LoadAsync NextNode NodeType Nodes NodesAfterSelf NodesBeforeSelf Parent Parse PreviousNode ReadFrom ReadFromAsync
    ReferenceEquals Remove RemoveAnnotations RemoveNodes ReplaceNodes ReplaceWith Root Save SaveAsync ToString WriteTo WriteToAsync`,
  XDocumentType: `AddAfterSelf AddAnnotation AddBeforeSelf Ancestors Annotation Annotations BaseUri Changed Changing CompareDocumentOrder CreateReader
    DeepEquals Document DocumentOrderComparer ElementsAfterSelf ElementsBeforeSelf EqualityComparer Equals GetHashCode GetType HasLineInfo
    InternalSubset IsAfter IsBefore LineNumber LinePosition Name NextNode NodeType NodesAfterSelf NodesBeforeSelf Parent PreviousNode PublicId
    ReadFrom ReadFromAsync ReferenceEquals Remove RemoveAnnotations ReplaceWith SystemId ToString WriteTo WriteToAsync`,
  XElement: `Add AddAfterSelf AddAnnotation AddBeforeSelf AddFirst Ancestors AncestorsAndSelf Annotation Annotations Attribute Attributes BaseUri Changed
    Changing CompareDocumentOrder CreateReader CreateWriter DeepEquals DescendantNodes DescendantNodesAndSelf Descendants DescendantsAndSelf
    Document DocumentOrderComparer Element Elements ElementsAfterSelf ElementsBeforeSelf EmptySequence EqualityComparer Equals FirstAttribute
    FirstNode GetDefaultNamespace GetHashCode GetNamespaceOfPrefix GetPrefixOfNamespace GetSchema GetType HasAttributes HasElements HasLineInfo
    IsAfter IsBefore IsEmpty LastAttribute LastNode LineNumber LinePosition Load LoadAsync Name NextNode NodeType Nodes NodesAfterSelf
    NodesBeforeSelf Parent Parse PreviousNode ReadFrom ReadFromAsync ReadXml ReferenceEquals Remove RemoveAll RemoveAnnotations RemoveAttributes
    RemoveNodes ReplaceAll ReplaceAttributes ReplaceNodes ReplaceWith Save SaveAsync SetAttributeValue SetElementValue SetValue ToString Value
    WriteTo WriteToAsync WriteXml`,
  XName: `Equals Get GetHashCode GetObjectData GetType LocalName Namespace NamespaceName ReferenceEquals ToString`,
  XNamespace: `Equals Get GetHashCode GetName GetType NamespaceName None ReferenceEquals ToString Xml Xmlns`,
  XNode: `AddAfterSelf AddAnnotation AddBeforeSelf Ancestors Annotation Annotations BaseUri Changed Changing CompareDocumentOrder CreateReader
    DeepEquals Document DocumentOrderComparer ElementsAfterSelf ElementsBeforeSelf EqualityComparer Equals GetHashCode GetType HasLineInfo
    IsAfter IsBefore LineNumber LinePosition NextNode NodeType NodesAfterSelf NodesBeforeSelf Parent PreviousNode ReadFrom ReadFromAsync
    ReferenceEquals Remove RemoveAnnotations ReplaceWith ToString WriteTo WriteToAsync`,
  XNodeDocumentOrderComparer: `Compare Equals GetHashCode GetType ReferenceEquals ToString`,
  XNodeEqualityComparer: `Equals GetHashCode GetType ReferenceEquals ToString`,
  XObject: `AddAnnotation Annotation Annotations BaseUri Changed Changing Document Equals GetHashCode GetType HasLineInfo LineNumber LinePosition
    NodeType Parent ReferenceEquals RemoveAnnotations ToString`,
  XProcessingInstruction: `AddAfterSelf AddAnnotation AddBeforeSelf Ancestors Annotation Annotations BaseUri Changed Changing CompareDocumentOrder CreateReader Data
    DeepEquals Document DocumentOrderComparer ElementsAfterSelf ElementsBeforeSelf EqualityComparer Equals GetHashCode GetType HasLineInfo
    IsAfter IsBefore LineNumber LinePosition NextNode NodeType NodesAfterSelf NodesBeforeSelf Parent PreviousNode ReadFrom ReadFromAsync
    ReferenceEquals Remove RemoveAnnotations ReplaceWith Target ToString WriteTo WriteToAsync`,
  XText: `AddAfterSelf AddAnnotation AddBeforeSelf Ancestors Annotation Annotations BaseUri Changed Changing CompareDocumentOrder CreateReader
    DeepEquals Document DocumentOrderComparer ElementsAfterSelf ElementsBeforeSelf EqualityComparer Equals GetHashCode GetType HasLineInfo
    IsAfter IsBefore LineNumber LinePosition NextNode NodeType NodesAfterSelf NodesBeforeSelf Parent PreviousNode ReadFrom ReadFromAsync
    ReferenceEquals Remove RemoveAnnotations ReplaceWith ToString Value WriteTo WriteToAsync`,
  XmlNodeType: `Attribute CDATA Comment CompareTo Document DocumentFragment DocumentType Element EndElement EndEntity Entity EntityReference Equals Format
    GetHashCode GetName GetNames GetType GetTypeCode GetUnderlyingType GetValues HasFlag IsDefined None Notation Parse ProcessingInstruction
    ReferenceEquals SignificantWhitespace Text ToBoolean ToByte ToChar ToDateTime ToDecimal ToDouble ToInt16 ToInt32 ToInt64 ToObject ToSByte
    ToSingle ToString ToType ToUInt16 ToUInt32 ToUInt64 TryParse Whitespace XmlDeclaration value__`,
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
