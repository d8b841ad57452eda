/**
 * C# expressions (blocks in braces) and what they give, in the notation of csharp-shown.ts; `!Type` is an exception. The values are .NET
 * Framework's: csharp-differential.test.ts has a real C# compiler and runtime (mono 6.8, Newtonsoft.Json 6) give them too, except where it says
 * why not.
 */
export interface Case {
  readonly code: string;
  readonly gives: string;
  /** Why mono's answer is another one; undefined when it is the same. */
  readonly notMono?: string;
}

const table = (source: string): [title: string, cases: Case[]][] =>
  source
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [title = "", ...lines] = section.trim().split("\n");
      return [
        title,
        lines.map((line): Case => {
          const found = /^(.*) ==> (.*?)(?: {2}\(not mono: (.*)\))?$/.exec(line);
          if (!found) throw new Error(`not a case: ${line}`);
          const [, code = "", gives = "", notMono] = found;
          return notMono === undefined ? { code, gives } : { code, gives, notMono };
        }),
      ];
    });

export const CASES = table(String.raw`
## Numbers
1 + 2 * 3 ==> 7
7 / 2 ==> 3
-7 / 2 ==> -3
-7 % 3 ==> -1
7.0 / 2 ==> 3.5d
7 / 2.0 ==> 3.5d
1 / 3.0 ==> 0.33333333333333331d
0.1 + 0.2 ==> 0.30000000000000004d
1e21 ==> 1E+21d
1e15 ==> 1E+15d
123456789012345678.0 ==> 1.2345678901234568E+17d
1e-5 ==> 1E-05d
0.0001 ==> 0.0001d
100.0 ==> 100d
-0.0 ==> 0d
1.0 / 0 ==> Infinityd
0.0 / 0 ==> NaNd
{ int z = 0; return 1 / z; } ==> !DivideByZeroException
{ int z = 0; return 1 % z; } ==> !DivideByZeroException
{ long z = 0; return 5L / z; } ==> !DivideByZeroException
{ int m = int.MaxValue; return m + 1; } ==> -2147483648
{ int m = int.MinValue; return -m; } ==> -2147483648
{ int m = int.MaxValue; return m * 2; } ==> -2
{ long m = long.MaxValue; return m + 1; } ==> -9223372036854775808L
{ long m = 3037000500; return m * m; } ==> -9223372036709301616L
{ int a = 7; return a << 30; } ==> -1073741824
{ int a = -8; return a >> 1; } ==> -4
{ long a = 1; return a << 40; } ==> 1099511627776L
6 & 3 ==> 2
6 | 3 ==> 7
6 ^ 3 ==> 5
~6 ==> -7
~6L ==> -7L
true ^ true ==> false
true & false ==> false
(int)3.99 ==> 3
(int)-3.99 ==> -3
(long)1e18 ==> 1000000000000000000L
{ double d = 1e20; return (int)d; } ==> -2147483648
(int)(long)5 ==> 5
{ long b = 4294967297; return (int)b; } ==> 1
(char)65 ==> 'A'
(int)'a' ==> 97
'a' + 'b' ==> 195
(char)('a' + 1) ==> 'b'

## Text and equality
"x" + 'y' ==> "xy"
"x" + 1.5 ==> "x1.5"
"x" + null ==> "x"
null + "x" ==> "x"
"x" + true ==> "xTrue"
"x" + 1L + 2m ==> "x12"
1 + 2 + "x" ==> "3x"
"x" + 1 + 2 ==> "x12"
"a" == "a" ==> true
{ string a = "x"; string b = "X".ToLower(); return a == b; } ==> true
1 == 1.0 ==> true
1 == 1L ==> true
'a' == 97 ==> true
{ object a = 1; object b = 1; return a == b; } ==> false
{ object a = 1; return a.Equals(1); } ==> true
{ object a = 1; return a.Equals(1L); } ==> false
{ string s = null; return s == null; } ==> true
{ string s = null; return s.Length; } ==> !NullReferenceException

## Casts and nullable values
(int)(object)"1" ==> !InvalidCastException
(string)(object)1 ==> !InvalidCastException
(long)(object)1 ==> !InvalidCastException
(int)(object)1L ==> !InvalidCastException
(object)5 as string ==> null
{ object o = null; return (int)o; } ==> !NullReferenceException
{ object o = null; return (int?)o; } ==> null
{ object o = 5; return (int?)o; } ==> 5
{ object o = "a"; return (string)o; } ==> "a"
{ object o = 5; return o is int; } ==> true
{ object o = 5; return o is long; } ==> false
{ object o = 5; int n = o is int ? (int)o + 1 : 0; return n; } ==> 6
{ object o = "abc"; return o is string s && s.Length == 3; } ==> true
{ int? n = null; return n ?? 5; } ==> 5
{ int? n = 3; return n + 1; } ==> 4
{ int? n = null; return n + 1; } ==> null
{ int? n = null; return n > 1; } ==> false
{ int? n = null; return n == null; } ==> true
{ int? n = null; return n.HasValue; } ==> false
{ int? n = null; return n.Value; } ==> !InvalidOperationException
{ int? n = 4; return n.Value; } ==> 4
{ int? n = null; return (int)n; } ==> !InvalidOperationException
{ int? n = null; return n.GetValueOrDefault(7); } ==> 7
{ int? n = null; return "[" + n + "]"; } ==> "[]"
{ string s = null; return s ?? "d"; } ==> "d"
{ string s = null; return s?.Length; } ==> null
{ string s = "abc"; return s?.Length; } ==> 3
{ string s = null; return s?.Length.ToString() ?? "none"; } ==> "none"
{ string s = null; return (s?.Length ?? -1) + 1; } ==> 0

## Conditions and steps
true ? 1 : 2L ==> 1L
false ? "a" : null ==> null
1 < 2 && 2 < 3 || false ==> true
!true ==> false
{ int i = 0; bool b = false && ++i > 0; return i; } ==> 0
{ int i = 0; bool b = true || ++i > 0; return i; } ==> 0
{ int i = 5; return i++ + ++i; } ==> 12
{ int i = 5; i += 3; i *= 2; i -= 1; i /= 2; i %= 4; return i; } ==> 3
{ int i = 1; i += 'a'; return i; } ==> 98
{ byte b = 250; b += 10; return (int)b; } ==> 4
{ char c = 'a'; c++; return c; } ==> 'b'
{ long t = 5; t += 3; return t; } ==> 8L
{ double d = 1; d += 0.5; return d; } ==> 1.5d
{ string s = "a"; s += 1; s += 'c'; return s; } ==> "a1c"

## Parsing
int.MaxValue ==> 2147483647
long.MinValue ==> -9223372036854775808L
int.Parse("42") ==> 42
int.Parse(" -42 ") ==> -42
int.Parse("4x") ==> !FormatException
int.Parse("") ==> !FormatException
int.Parse(null) ==> !ArgumentNullException
int.Parse("99999999999") ==> !OverflowException
int.Parse("1.5") ==> !FormatException
{ int n; return int.TryParse("12", out n) ? n : -1; } ==> 12
{ int n; return int.TryParse("x", out n) ? 1 : n; } ==> 0
{ int n; return int.TryParse(null, out n); } ==> false
{ return long.TryParse("123456789012", out var n) ? n : -1; } ==> 123456789012L
{ return double.TryParse("1.5", out var n) ? n : -1; } ==> 1.5d
{ return bool.TryParse("TRUE", out var n) && n; } ==> true
{ return Guid.TryParse("x", out var n); } ==> false
long.Parse("9223372036854775808") ==> !OverflowException
double.Parse("1e3") ==> 1000d
double.Parse("1,234.5") ==> 1234.5d
decimal.Parse("1.10") ==> 1.10m
bool.Parse("true") ==> true
bool.Parse("yes") ==> !FormatException

## Decimal and Math
1.10m + 2m ==> 3.10m
1.0m * 1.00m ==> 1.000m
1m / 3m ==> 0.3333333333333333333333333333m
10m / 4m ==> 2.5m
2m / 3m ==> 0.6666666666666666666666666667m
7.5m % 2m ==> 1.5m
(int)2.9m ==> 2
(decimal)0.1 ==> 0.1m
(double)1.25m ==> 1.25d
1.5m > 1 ==> true
{ decimal z = 0; return 1m / z; } ==> !DivideByZeroException
decimal.Round(2.5m) ==> 2m
decimal.Round(2.345m, 2) ==> 2.34m
Math.Round(2.5) ==> 2d  (not mono: mono rounds halves up)
Math.Round(3.5) ==> 4d
Math.Round(2.5, MidpointRounding.AwayFromZero) ==> 3d
Math.Round(2.345, 2) ==> 2.35d
Math.Round(1.005, 2) ==> 1d
Math.Ceiling(1.2) ==> 2d
Math.Floor(-1.2) ==> -2d
Math.Truncate(-1.7) ==> -1d
Math.Max(1, 2L) ==> 2L
Math.Max(1, 2.5) ==> 2.5d
Math.Min(3, 2) ==> 2
Math.Abs(-5) ==> 5
{ int m = int.MinValue; return Math.Abs(m); } ==> !OverflowException
Math.Pow(2, 10) ==> 1024d
Math.Sqrt(2) ==> 1.4142135623730951d
Math.Sign(-3.5) ==> -1
Math.PI ==> 3.1415926535897931d
Math.Log10(1000) ==> 3d

## Convert
Convert.ToInt32("12") ==> 12
Convert.ToInt32(null) ==> 0
Convert.ToInt32(2.5) ==> 2
Convert.ToInt32(3.5) ==> 4
Convert.ToInt32("x") ==> !FormatException
Convert.ToInt32(3000000000L) ==> !OverflowException
Convert.ToInt32(true) ==> 1
Convert.ToInt32('a') ==> 97
Convert.ToInt32("ff", 16) ==> 255
Convert.ToString(255, 16) ==> "ff"
Convert.ToString(5) ==> "5"
Convert.ToInt64("5") ==> 5L
Convert.ToDouble("1.5") ==> 1.5d
Convert.ToBoolean("True") ==> true
Convert.ToBoolean(0) ==> false
Convert.ToDecimal("1.50") ==> 1.50m
Convert.ToBase64String(Encoding.UTF8.GetBytes("héllo")) ==> "aMOpbGxv"
Encoding.UTF8.GetString(Convert.FromBase64String("aMOpbGxv")) ==> "h\u00e9llo"
Convert.FromBase64String("a") ==> !FormatException
Convert.FromBase64String("a===") ==> !FormatException
Encoding.UTF8.GetBytes("é").Length ==> 2
Encoding.ASCII.GetString(Encoding.ASCII.GetBytes("é")) ==> "?"

## Strings
"Hello".Length ==> 5
"Hello"[1] ==> 'e'
"Hello"[9] ==> !IndexOutOfRangeException
"Hello".Substring(1) ==> "ello"
"Hello".Substring(1, 3) ==> "ell"
"Hello".Substring(9) ==> !ArgumentOutOfRangeException
"Hello".Substring(3, 9) ==> !ArgumentOutOfRangeException
"Hello".Substring(-1) ==> !ArgumentOutOfRangeException
"Hello".IndexOf("l") ==> 2
"Hello".IndexOf('z') ==> -1
"Hello".IndexOf("L", StringComparison.OrdinalIgnoreCase) ==> 2
"Hello".LastIndexOf("l") ==> 3
"Hello".Contains("ell") ==> true
"Hello".Contains('e') ==> true
"Hello".StartsWith("He") ==> true
"Hello".StartsWith("he", StringComparison.OrdinalIgnoreCase) ==> true
"Hello".EndsWith("lo") ==> true
"Hello".ToUpper() ==> "HELLO"
"Hello".ToLowerInvariant() ==> "hello"
"Hello".Replace("l", "L") ==> "HeLLo"
"Hello".Replace('l', 'r') ==> "Herro"
"Hello".Replace("l", null) ==> "Heo"
"Hello".Replace("", "x") ==> !ArgumentException
"Hello".Contains(null) ==> !ArgumentNullException
" a b ".Trim() ==> "a b"
"xxaxx".Trim('x') ==> "a"
"xxaxx".TrimStart('x') ==> "axx"
"xxaxx".TrimEnd('x', 'a') ==> ""
"5".PadLeft(3, '0') ==> "005"
"5".PadRight(3) + "|" ==> "5  |"
"abc".Insert(1, "-") ==> "a-bc"
"abcdef".Remove(2, 2) ==> "abef"
"abcdef".Remove(2) ==> "ab"
"abc".Remove(5) ==> !ArgumentOutOfRangeException
"a,b,,c".Split(',') ==> ["a", "b", "", "c"]
"a,b,,c".Split(new[] { ',' }, StringSplitOptions.RemoveEmptyEntries) ==> ["a", "b", "c"]
"a,b,,c".Split(new[] { ',' }, 2) ==> ["a", "b,,c"]
"a  b c".Split() ==> ["a", "", "b", "c"]
"a--b--c".Split(new[] { "--" }, StringSplitOptions.None) ==> ["a", "b", "c"]
"a,b;c".Split(',', ';') ==> ["a", "b", "c"]
"".Split(',') ==> [""]
",a,".Split(',') ==> ["", "a", ""]
"a b  c".Split(new char[0], StringSplitOptions.RemoveEmptyEntries) ==> ["a", "b", "c"]
",,a,,b".Split(new[] { ',' }, 2, StringSplitOptions.RemoveEmptyEntries) ==> ["a", "b"]
string.Join(",", new[] { "a", "b" }) ==> "a,b"
string.Join("-", 1, 2, 3) ==> "1-2-3"
string.Join(",", new List<int> { 1, 2 }) ==> "1,2"
string.Join(",", new[] { "a", null, "c" }) ==> "a,,c"
string.IsNullOrEmpty("") ==> true
string.IsNullOrWhiteSpace(" \t") ==> true
string.Concat("a", 1, null) ==> "a1"
string.Format("{0}-{1:D3}-{2,5}|{3,-5}|", "a", 7, "b", "c") ==> "a-007-    b|c    |"
string.Format("{0:F2} {1:N0} {2:X}", 1.005, 1234567, 255) ==> "1.01 1,234,567 FF"
string.Format("{{{0}}}", 1) ==> "{1}"
string.Format("{1}", 1) ==> !FormatException
string.Format("{0") ==> !FormatException
$"a{1 + 1}b" ==> "a2b"
$"{1.5:F2}|{5,4}|{"x",-3}|" ==> "1.50|   5|x  |"
$"{{{1}}}" ==> "{1}"
$@"a\b{1}" ==> "a\\b1"
$"{(true ? "y" : "n")}" ==> "y"
string.Compare("a", "b") ==> -1
string.Compare("a", "A") ==> -1
string.Compare("a", "A", true) ==> 0
string.CompareOrdinal("a", "B") > 0 ==> true
"b".CompareTo("a") ==> 1
"abc".Equals("ABC", StringComparison.OrdinalIgnoreCase) ==> true
new string('x', 3) ==> "xxx"
new string(new[] { 'a', 'b' }) ==> "ab"
"abc".ToCharArray() ==> ['a', 'b', 'c']
"hello world".Count(c => c == 'o') ==> 2
"abc".Reverse().ToArray() ==> ['c', 'b', 'a']
new string("abc".Reverse().ToArray()) ==> "cba"
"\t\"\\\u0041\x42" ==> "\u0009\"\\AB"
@"a""b\n" ==> "a\"b\\n"
char.IsDigit('5') ==> true
char.IsLetterOrDigit('_') ==> false
char.ToUpper('a') ==> 'A'

## Numbers as text
(1).ToString("D5") ==> "00001"
(255).ToString("x") ==> "ff"
(1234.567).ToString("N2") ==> "1,234.57"
(0.256).ToString("P1") ==> "25.6 %"
(1234.5).ToString("0.00") ==> "1234.50"
(0.5).ToString("#.##") ==> ".5"
(1234567).ToString("#,##0") ==> "1,234,567"
(1.0).ToString() ==> "1"
(12345678901.5).ToString() ==> "12345678901.5"
true.ToString() ==> "True"
(1.25m).ToString("F1") ==> "1.3"

## Guid and Random
new Guid("6F9619FF-8B86-D011-B42D-00CF4FC964FF").ToString() ==> "6f9619ff-8b86-d011-b42d-00cf4fc964ff"
new Guid("6F9619FF-8B86-D011-B42D-00CF4FC964FF").ToString("N") ==> "6f9619ff8b86d011b42d00cf4fc964ff"
new Guid("x") ==> !FormatException
Guid.Parse("6F9619FF-8B86-D011-B42D-00CF4FC964FF").GetHashCode() ==> -468661999  (not mono: mono folds the four words)
Guid.Empty ==> Guid 00000000-0000-0000-0000-000000000000
Guid.Empty == new Guid() ==> true
(5).GetHashCode() ==> 5
(5000000000L).GetHashCode() ==> 705032705
true.GetHashCode() ==> 1
new Random(42).Next(100) ==> 66
{ var r = new Random(7); return new[] { r.Next(), r.Next(10), r.Next(5, 9) }; } ==> [822959691, 8, 7]
new Random(1).NextDouble() ==> 0.24866858415709278d

## Dates
new DateTime(2024, 2, 29).AddYears(1).ToString("yyyy-MM-dd") ==> "2025-02-28"
new DateTime(2024, 1, 31).AddMonths(1).ToString("yyyy-MM-dd") ==> "2024-02-29"
new DateTime(2024, 1, 31, 10, 20, 30).ToString() ==> "01/31/2024 10:20:30"
new DateTime(2024, 1, 31, 10, 20, 30, DateTimeKind.Utc).ToString("o") ==> "2024-01-31T10:20:30.0000000Z"
new DateTime(2024, 1, 31, 10, 20, 30).ToString("o") ==> "2024-01-31T10:20:30.0000000"
new DateTime(2024, 1, 31, 10, 20, 30).ToString("R") ==> "Wed, 31 Jan 2024 10:20:30 GMT"
new DateTime(2024, 1, 31, 10, 20, 30).ToString("s") ==> "2024-01-31T10:20:30"
new DateTime(2024, 1, 31, 15, 20, 30).ToString("ddd d MMM yy h:mm tt") ==> "Wed 31 Jan 24 3:20 PM"
new DateTime(2024, 1, 31).DayOfWeek ==> DayOfWeek Wednesday
(int)new DateTime(2024, 1, 31).DayOfWeek ==> 3
new DateTime(2024, 12, 31).DayOfYear ==> 366
new DateTime(2024, 13, 1) ==> !ArgumentOutOfRangeException
new DateTime(2024, 1, 1) - new DateTime(2023, 1, 1) ==> TimeSpan 365.00:00:00
(new DateTime(2024, 1, 1) - new DateTime(1970, 1, 1)).TotalSeconds ==> 1704067200d
new DateTime(2024, 1, 1) > new DateTime(2023, 1, 1) ==> true
new DateTime(2024, 1, 1) + TimeSpan.FromHours(25) ==> DateTime 01/02/2024 01:00:00
new DateTime(2024, 1, 1).AddSeconds(1.0005).Ticks ==> 638396640010010000L
new DateTime(1970, 1, 1).Ticks ==> 621355968000000000L
DateTime.Parse("2024-03-05").ToString("MM/dd/yyyy HH:mm") ==> "03/05/2024 00:00"
DateTime.Parse("x") ==> !FormatException
DateTimeOffset.FromUnixTimeSeconds(1700000000).ToString("o") ==> "2023-11-14T22:13:20.0000000+00:00"
DateTimeOffset.FromUnixTimeMilliseconds(1700000000123).UtcDateTime.ToString("HH:mm:ss.fff") ==> "22:13:20.123"
new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.FromHours(2)).ToUnixTimeSeconds() ==> 1704060000L
DateTimeOffset.Parse("2024-01-01T00:00:00+02:00").ToString() ==> "01/01/2024 00:00:00 +02:00"
DateTimeOffset.Parse("2024-01-01T00:00:00+02:00").ToUniversalTime().ToString("HH:mm zzz") ==> "22:00 +00:00"
TimeSpan.FromMinutes(90) ==> TimeSpan 01:30:00
TimeSpan.FromSeconds(1.2345) ==> TimeSpan 00:00:01.2350000
TimeSpan.FromSeconds(90.5).TotalMinutes ==> 1.5083333333333333d
TimeSpan.FromDays(1.5) ==> TimeSpan 1.12:00:00
new TimeSpan(1, 2, 3) ==> TimeSpan 01:02:03
new TimeSpan(1, 2, 3, 4, 5).TotalMilliseconds ==> 93784005d
TimeSpan.Parse("01:02:03").TotalSeconds ==> 3723d
TimeSpan.Parse("1.02:03:04.5") ==> TimeSpan 1.02:03:04.5000000
TimeSpan.Parse("x") ==> !FormatException
TimeSpan.FromSeconds(-90) ==> TimeSpan -00:01:30
TimeSpan.FromSeconds(3).Add(TimeSpan.FromSeconds(4)).Seconds ==> 7
TimeSpan.FromSeconds(3725).ToString(@"hh\:mm\:ss") ==> "01:02:05"

## Arrays and collections
new[] { 3, 1, 2 } ==> [3, 1, 2]
new int[3] ==> [0, 0, 0]
new string[2] ==> [null, null]
new[] { 1, 2.5 } ==> [1d, 2.5d]
new[] { 3, 1, 2 }.Length ==> 3
new[] { 1, 2 }[5] ==> !IndexOutOfRangeException
{ var a = new int[2]; a[1] = 5; a[0]++; a[1] += 2; return a; } ==> [1, 7]
{ int[] a = { 1, 2 }; return a; } ==> [1, 2]
{ var a = new[] { 3, 1, 2 }; Array.Sort(a); return a; } ==> [1, 2, 3]
Array.IndexOf(new[] { "a", "b" }, "b") ==> 1
new List<int> { 1, 2, 3 }.Count ==> 3
{ var l = new List<string>(); l.Add("a"); l.AddRange(new[] { "b", "c" }); l.Insert(0, "z"); l.RemoveAt(1); l.Remove("c"); return l; } ==> ["z", "b"]
new List<int>()[0] ==> !ArgumentOutOfRangeException
{ var l = new List<int> { 1, 2, 3 }; foreach (var x in l) { l.Add(x); } return l.Count; } ==> !InvalidOperationException
{ var l = new List<int> { 5, 3, 9 }; l.Sort(); l.Reverse(); return l; } ==> [9, 5, 3]
{ var d = new Dictionary<string, int> { { "a", 1 }, { "b", 2 } }; d["c"] = 3; return d.Count; } ==> 3
{ var d = new Dictionary<string, int> { ["a"] = 1 }; return d["z"]; } ==> !KeyNotFoundException
{ var d = new Dictionary<string, int>(); d.Add("a", 1); d.Add("a", 2); return 0; } ==> !ArgumentException
{ var d = new Dictionary<string, int> { { "a", 1 } }; int v; return d.TryGetValue("b", out v) ? 1 : v; } ==> 0
{ var d = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { { "A", "1" } }; return d["a"]; } ==> "1"
{ var d = new Dictionary<string, int> { { "a", 1 }, { "b", 2 } }; return string.Join(",", d.Select(p => p.Key + "=" + p.Value)); } ==> "a=1,b=2"
{ var d = new Dictionary<string, int> { { "a", 1 } }; foreach (var p in d) { return p; } return null; } ==> KeyValuePair [a, 1]  (not mono: shown without arity)
{ var d = new Dictionary<string, int> { { "a", 1 } }; return d.ContainsKey(null); } ==> !ArgumentNullException
{ var s = new HashSet<int> { 1, 2, 2 }; return s.Count; } ==> 2
{ var s = new HashSet<string>(new[] { "a" }, StringComparer.OrdinalIgnoreCase); return s.Contains("A"); } ==> true
{ var q = new Queue<int>(); q.Enqueue(1); q.Enqueue(2); return q.Dequeue() + q.Count; } ==> 2
new Queue<int>().Dequeue() ==> !InvalidOperationException

## LINQ
new[] { 1, 2, 3, 4 }.Where(x => x % 2 == 0).ToArray() ==> [2, 4]
new[] { 1, 2, 3 }.Select(x => x * 1.5).ToList() ==> [1.5d, 3d, 4.5d]
new[] { "b", "a" }.OrderBy(x => x).First() ==> "a"
new[] { "b", "a", "C" }.OrderBy(x => x) ==> ["a", "b", "C"]
new[] { 1, 2, 3 }.OrderByDescending(x => x).Take(2) ==> [3, 2]
new[] { "bb", "a", "cc" }.OrderBy(x => x.Length).ThenByDescending(x => x) ==> ["a", "cc", "bb"]
new[] { 1, 2, 3 }.Sum() ==> 6
new[] { 1, 2 }.Average() ==> 1.5d
new[] { 1.5, 2.5 }.Sum() ==> 4d
new[] { "a", "bb" }.Sum(x => x.Length) ==> 3
new[] { "a", "bb" }.Max(x => x.Length) ==> 2
new[] { 3, 1 }.Min() ==> 1
new int[0].Max() ==> !InvalidOperationException
new int[0].First() ==> !InvalidOperationException
new int[0].FirstOrDefault() ==> 0
new string[0].FirstOrDefault() ==> null
new[] { 1, 2 }.Single() ==> !InvalidOperationException
new[] { 1, 2, 3 }.First(x => x > 5) ==> !InvalidOperationException
new[] { 1, 2, 3 }.Last() ==> 3
new[] { 1, 2, 3 }.Any(x => x > 2) ==> true
new[] { 1, 2, 3 }.All(x => x > 2) ==> false
new[] { 1, 2, 3 }.Contains(2) ==> true
new[] { "a" }.Contains("A", StringComparer.OrdinalIgnoreCase) ==> true
new[] { 1, 2, 2 }.Distinct().Count() ==> 2
new[] { 1, 2, 3 }.Skip(1).ToArray() ==> [2, 3]
new[] { 1, 2 }.Concat(new[] { 3 }) ==> [1, 2, 3]
new[] { 1, 2, 3 }.Except(new[] { 2 }) ==> [1, 3]
new[] { 1, 2, 3 }.Intersect(new[] { 2, 5 }) ==> [2]
new[] { 1, 2 }.Union(new[] { 2, 3 }) ==> [1, 2, 3]
new[] { 1, 2 }.Zip(new[] { "a", "b" }, (n, s) => n + s) ==> ["1a", "2b"]
new[] { "a", "b", "aa" }.GroupBy(x => x[0]).Select(g => g.Key + ":" + g.Count()) ==> ["a:2", "b:1"]
new[] { "a", "bb" }.ToDictionary(x => x, x => x.Length)["bb"] ==> 2
new[] { 1, 2, 3 }.Aggregate((a, b) => a * b) ==> 6
new[] { 1, 2, 3 }.Aggregate("", (a, b) => a + b) ==> "123"
new[] { "1", "2" }.Select(int.Parse).Sum() ==> 3
new[] { "1", "x" }.Select(int.Parse).First() ==> 1
new[] { "1", "x" }.Select(int.Parse).Last() ==> !FormatException
new object[] { 1, "a", 2L }.OfType<string>() ==> ["a"]
new object[] { "a", 1 }.Cast<string>().ToArray() ==> !InvalidCastException
new[] { new[] { 1 }, new[] { 2, 3 } }.SelectMany(x => x) ==> [1, 2, 3]
Enumerable.Range(1, 3) ==> [1, 2, 3]
Enumerable.Repeat("x", 2) ==> ["x", "x"]
new[] { 1, 2, 3 }.Select((x, i) => x * i) ==> [0, 2, 6]
{ int n = 0; var q = new[] { 1, 2, 3 }.Select(x => { n++; return x; }); q.First(); return n; } ==> 1
{ var fs = new List<Func<int>>(); foreach (var i in new[] { 1, 2 }) { fs.Add(() => i); } return fs[0]() * 10 + fs[1](); } ==> 12
{ var fs = new List<Func<int>>(); for (int i = 0; i < 2; i++) { fs.Add(() => i); } return fs[0](); } ==> 2
{ Func<int, int> f = null; f = n => n <= 1 ? 1 : n * f(n - 1); return f(5); } ==> 120

## Regular expressions
Regex.IsMatch("abc123", @"^[a-z]+\d+$") ==> true
Regex.Match("max-age=12", @"max-age=(?<age>\d+)").Groups["age"].Value ==> "12"
Regex.Match("abc", "x").Success ==> false
Regex.Match("abc", "x").Value ==> ""
Regex.Match("k=v", @"(\w)=(\w)").Groups[2].Value ==> "v"
Regex.Match("k=v", @"(?<n>\w)=(\w)").Groups[1].Value ==> "v"
Regex.Replace("a1b22", @"\d+", "#") ==> "a#b#"
Regex.Replace("john smith", @"(\w+) (\w+)", "$2 $1") ==> "smith john"
Regex.Replace("abc", "B", "x", RegexOptions.IgnoreCase) ==> "axc"
Regex.Replace("a1", @"\d", m => "<" + m.Value + ">") ==> "a<1>"
Regex.Split("a1b2c", @"\d") ==> ["a", "b", "c"]
Regex.Matches("a1b22", @"\d+").Count ==> 2
Regex.Matches("a1b22", @"\d+")[1].Value ==> "22"
Regex.Matches("a1b22", @"\d+").Cast<Match>().Select(m => m.Value) ==> ["1", "22"]
Regex.IsMatch("a\nb", "^b$", RegexOptions.Multiline) ==> true
Regex.IsMatch("a\n", "a$") ==> true
new Regex("a+").Match("baab").Index ==> 1
Regex.IsMatch("x", "(") ==> !ArgumentException

## JSON
JObject.Parse("{\"a\":1}")["a"] ==> JValue 1
(int)JObject.Parse("{\"a\":1}")["a"] ==> 1
(string)JObject.Parse("{\"a\":1}")["a"] ==> "1"
(int)JObject.Parse("{\"a\":\"5\"}")["a"] ==> 5
(int)JObject.Parse("{\"a\":\"x\"}")["a"] ==> !FormatException
(int)JObject.Parse("{\"a\":2.5}")["a"] ==> 2
(bool)JObject.Parse("{\"a\":true}")["a"] ==> true
(bool)JObject.Parse("{\"a\":\"true\"}")["a"] ==> true
(double)JObject.Parse("{\"a\":1}")["a"] ==> 1d
(long)JObject.Parse("{\"a\":3000000000}")["a"] ==> 3000000000L
(int)JObject.Parse("{\"a\":3000000000}")["a"] ==> !OverflowException
(int)JObject.Parse("{}")["a"] ==> !ArgumentNullException
(int?)JObject.Parse("{}")["a"] ==> null
(string)JObject.Parse("{}")["a"] ==> null
(int)JObject.Parse("{\"a\":null}")["a"] ==> !ArgumentException
(string)JObject.Parse("{\"a\":null}")["a"] ==> null
JObject.Parse("{\"a\":null}")["a"] == null ==> false
JObject.Parse("{\"a\":null}")["a"].Type ==> JTokenType Null
JObject.Parse("{}")["a"]["b"] ==> !NullReferenceException
JObject.Parse("{}")["a"]?["b"] ==> null
JObject.Parse("{\"a\":5}")["a"]["b"] ==> !InvalidOperationException
JObject.Parse("{\"a\":[1,2]}")["a"]["b"] ==> !ArgumentException
JObject.Parse("{\"a\":[1,2]}")["a"][1] ==> JValue 2
JObject.Parse("{\"a\":[1,2]}")["a"][7] ==> !ArgumentOutOfRangeException
JObject.Parse("{\"a\":{\"b\":[{\"c\":\"x\"}]}}").SelectToken("a.b[0].c") ==> JValue \"x\"
JObject.Parse("{\"a\":1}").SelectToken("x.y") ==> null
JObject.Parse("{\"a\":1}").Value<int>("a") ==> 1
JObject.Parse("{\"a\":1}").Value<string>("a") ==> "1"
JObject.Parse("{\"a\":1}").Value<int>("b") ==> 0
JObject.Parse("{\"a\":1}").Value<int?>("b") ==> null
JObject.Parse("{\"a\":1}")["a"].Value<long>() ==> 1L
JObject.Parse("{\"a\":\"x\"}")["a"].Value<int>() ==> !FormatException
JObject.Parse("{\"a\":1,\"b\":2}").Count ==> 2
JObject.Parse("{\"a\":1,\"b\":2}").Properties().Select(p => p.Name) ==> ["a", "b"]
JObject.Parse("{\"a\":1}").Property("a").Value ==> JValue 1
JObject.Parse("{\"a\":1}").Remove("a") ==> true
{ JToken t; return JObject.Parse("{\"a\":1}").TryGetValue("a", out t) ? t.Type.ToString() : "none"; } ==> "Integer"
JObject.Parse("[1]") ==> !JsonReaderException
JObject.Parse("{") ==> !JsonReaderException
JObject.Parse("") ==> !JsonReaderException
JObject.Parse(null) ==> !ArgumentNullException
JObject.Parse("{'a':1, b:2,}").ToString(Formatting.None) ==> "{\"a\":1,\"b\":2}"
JArray.Parse("[1,\"a\",null,true,1.0,2e3]").ToString(Formatting.None) ==> "[1,\"a\",null,true,1.0,2000.0]"
JObject.Parse("{\"b\":1,\"a\":{\"2\":1,\"1\":[]}}").ToString() ==> "{\u000d\u000a  \"b\": 1,\u000d\u000a  \"a\": {\u000d\u000a    \"2\": 1,\u000d\u000a    \"1\": []\u000d\u000a  }\u000d\u000a}"
JToken.Parse("5").Type ==> JTokenType Integer
JToken.Parse("\"x\"").ToString() ==> "x"
JToken.Parse("1.50").ToString() ==> "1.5"
JToken.Parse("true").ToString() ==> "True"
JToken.Parse("null").ToString() ==> ""
JObject.Parse("{\"d\":\"2024-01-02T03:04:05Z\"}")["d"].Type ==> JTokenType Date
JObject.Parse("{\"d\":\"2024-01-02T03:04:05Z\"}").ToString(Formatting.None) ==> "{\"d\":\"2024-01-02T03:04:05Z\"}"
(string)JObject.Parse("{\"d\":\"2024-01-02T03:04:05Z\"}")["d"] ==> "01/02/2024 03:04:05"
JObject.Parse("{\"d\":\"2024-01-02\"}")["d"].Type ==> JTokenType String
{ var o = JObject.Parse("{\"a\":1}"); o["b"] = "x"; o["a"] = 2; o.Add("c", new JArray(1, 2)); return o.ToString(Formatting.None); } ==> "{\"a\":2,\"b\":\"x\",\"c\":[1,2]}"
{ var o = new JObject(); o["a"] = null; return o.ToString(Formatting.None); } ==> "{\"a\":null}"
{ var o = JObject.Parse("{\"a\":1}"); o.Add("a", 2); return o; } ==> !ArgumentException
{ var o = new JObject(new JProperty("a", 1), new JProperty("b", new JObject(new JProperty("c", true)))); return o.ToString(Formatting.None); } ==> "{\"a\":1,\"b\":{\"c\":true}}"
{ var a = new JArray(); a.Add("x"); a.Add(1); return a.ToString(Formatting.None); } ==> "[\"x\",1]"
new JArray(new[] { 1, 2 }).Count ==> 2
JObject.FromObject(new { a = 1, b = "x", c = new[] { 1.5 }, d = (string)null }).ToString(Formatting.None) ==> "{\"a\":1,\"b\":\"x\",\"c\":[1.5],\"d\":null}"
JsonConvert.SerializeObject(new { a = 1, b = "q\"", c = 1.0, d = 1m, e = 'c', f = new DateTime(2024, 1, 2, 3, 4, 5, DateTimeKind.Utc) }) ==> "{\"a\":1,\"b\":\"q\\\"\",\"c\":1.0,\"d\":1.0,\"e\":\"c\",\"f\":\"2024-01-02T03:04:05Z\"}"
JsonConvert.SerializeObject(new Dictionary<string, object> { { "a", 1 }, { "b", null } }) ==> "{\"a\":1,\"b\":null}"
JsonConvert.SerializeObject("é<\u2028\u0001") ==> "\"\u00e9<\\u2028\\u0001\""
JsonConvert.SerializeObject(new[] { "a" }, Formatting.Indented) ==> "[\u000d\u000a  \"a\"\u000d\u000a]"
JsonConvert.SerializeObject(null) ==> "null"
JsonConvert.DeserializeObject<Dictionary<string, int>>("{\"a\":1}")["a"] ==> 1
JsonConvert.DeserializeObject<List<string>>("[\"a\",\"b\"]") ==> ["a", "b"]
JsonConvert.DeserializeObject<JObject>("{\"a\":1}")["a"] ==> JValue 1
JsonConvert.DeserializeObject<JObject>("") ==> null
JsonConvert.DeserializeObject<int>("5") ==> 5
JsonConvert.DeserializeObject<int>("\"x\"") ==> !JsonReaderException
JsonConvert.DeserializeObject("5") ==> 5L
JArray.Parse("[3,1,2]").Select(t => (int)t).OrderBy(x => x) ==> [1, 2, 3]
JArray.Parse("[{\"n\":\"a\"},{\"n\":\"b\"}]").Select(t => (string)t["n"]) ==> ["a", "b"]
JArray.Parse("[{\"n\":1}]").First(t => (int)t["n"] == 1)["n"] ==> JValue 1
JArray.Parse("[1,2]").Any() ==> true
JArray.Parse("[1,2]").First ==> JValue 1
JArray.Parse("[1,2]").Contains(1) ==> false
JArray.Parse("[\"a\"]").ToObject<string[]>() ==> ["a"]
JToken.DeepEquals(JObject.Parse("{\"a\":1,\"b\":2}"), JObject.Parse("{\"b\":2,\"a\":1}")) ==> true
{ var n = 0; foreach (var p in JObject.Parse("{\"a\":1,\"b\":2}")) { n += (int)p.Value; } return n; } ==> 3
{ JToken t = "x"; return t.Type; } ==> JTokenType String
{ JToken t = 5; return (int)t + 1; } ==> 6
JObject.Parse("{\"a\":{\"b\":1}}")["a"]["b"].Path ==> "a.b"

## Addresses, hashes, builders
Uri.EscapeDataString("a b/é!*'()~") ==> "a%20b%2F%C3%A9%21%2A%27%28%29~"
Uri.UnescapeDataString("a%20b") ==> "a b"
new Uri("https://a.com:8443/x/y?q=1#f").Host ==> "a.com"
new Uri("https://a.com:8443/x/y?q=1#f").PathAndQuery ==> "/x/y?q=1"
new Uri("https://a.com/x").Port ==> 443
new Uri("nope") ==> !UriFormatException
WebUtility.UrlEncode("a b/é!*'()~") ==> "a+b%2F%C3%A9!*%27()%7E"
WebUtility.UrlDecode("a+b%20c") ==> "a b c"
WebUtility.HtmlEncode("<a href=\"x\">'é'") ==> "&lt;a href=&quot;x&quot;&gt;&#39;&#233;&#39;"
WebUtility.HtmlDecode("&lt;a&gt;&#39;&amp;") ==> "<a>'&"
BitConverter.ToString(new byte[] { 1, 255 }) ==> "01-FF"
{ using (var h = new HMACSHA256(Encoding.UTF8.GetBytes("k"))) { return Convert.ToBase64String(h.ComputeHash(Encoding.UTF8.GetBytes("d"))); } } ==> "5+ohw7y2Ok2jrXhQMWjTa9ygvmIjgupgoQj61OSWZnk="
{ using (var h = SHA256.Create()) { return BitConverter.ToString(h.ComputeHash(Encoding.UTF8.GetBytes("d"))).Replace("-", "").ToLower().Substring(0, 8); } } ==> "18ac3e73"
new StringBuilder("a").Append(1).Append('c').Append(true).Append(1.5).ToString() ==> "a1cTrue1.5"
new StringBuilder().AppendLine("a").AppendFormat("{0}-{1}", 1, 2).Insert(0, ">").Replace("-", "+").ToString() ==> ">a\u000d\u000a1+2"
{ var b = new StringBuilder("abc"); b.Length = 2; b.Clear(); b.Append("z"); return b.Length + b.ToString(); } ==> "1z"

## Types and statements
Tuple.Create(1, "a").Item2 ==> "a"
new { a = 1, b = "x" } ==> anonymous { a = 1, b = x }
new { a = 1 }.a ==> 1
default(int) ==> 0
default(string) ==> null
default(DateTime) == DateTime.MinValue ==> true
nameof(Math.Max) ==> "Max"
{ const int n = 5; return n * 2; } ==> 10
{ for (int i = 0; ; i++) { if (i == 3) continue; if (i > 5) return i; } } ==> 6
{ int n = 0; while (n < 10) { n += 3; if (n == 6) break; } return n; } ==> 6
{ int n = 0; do { n++; } while (n < 3); return n; } ==> 3
{ int s = 0; for (int i = 0, j = 10; i < j; i++, j--) { s += j - i; } return s; } ==> 30
{ switch ("b") { case "a": return 1; case "b": case "c": return 2; default: return 3; } } ==> 2
{ int x = 2; string r = ""; switch (x) { case 1: r = "one"; break; default: r = "many"; break; } return r; } ==> "many"
{ try { throw new Exception("boom"); } catch (Exception e) { return e.Message; } } ==> "boom"
{ try { throw new Exception("a", new Exception("b")); } catch (Exception e) when (e.InnerException != null) { return e.InnerException.Message; } } ==> "b"
{ string s = ""; try { s += "a"; throw new Exception("x"); } catch { s += "b"; } finally { s += "c"; } return s; } ==> "abc"
{ try { try { throw new Exception("in"); } catch (Exception) { throw; } } catch (Exception e) { return e.Message; } } ==> "in"
{ int n = 1; try { return n; } finally { n = 5; } } ==> 1
throw new Exception("boom") ==> !Exception
{ string s = null; return s ?? throw new Exception("none"); } ==> !Exception
{ int a = 1; { int b = 2; a += b; } return a; } ==> 3
{ var x = 5; return x > 3 ? "big" : x > 1 ? "mid" : "small"; } ==> "big"
new string[] { "a" }.Concat(null) ==> !ArgumentNullException
((string)null).ToString() ==> !NullReferenceException
string.Join(",", (string[])null) ==> !ArgumentNullException
"a".CompareTo(null) ==> 1
{ object o = 1.5; return o.ToString() + o; } ==> "1.51.5"
{ object o = 'c'; return (char)o; } ==> 'c'
{ object o = 1.5m; return (double)o; } ==> !InvalidCastException
{ object o = new[] { "a" }; return ((string[])o)[0]; } ==> "a"
{ object o = new[] { 1 }; return ((string[])o)[0]; } ==> !InvalidCastException
{ object o = new List<string>(); return o is IEnumerable<string>; } ==> true
(JTokenType)8 ==> JTokenType String
(int)JTokenType.String ==> 8
RegexOptions.IgnoreCase | RegexOptions.Multiline ==> RegexOptions IgnoreCase, Multiline
DayOfWeek.Friday > DayOfWeek.Monday ==> true
TimeSpan.FromSeconds(1) == TimeSpan.FromMilliseconds(1000) ==> true
-TimeSpan.FromSeconds(5) ==> TimeSpan -00:00:05
new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero) == new DateTimeOffset(2024, 1, 1, 2, 0, 0, TimeSpan.FromHours(2)) ==> true
0x1F + 0b11 ==> 34
1_000_000 ==> 1000000  (not mono: mcs misreads it)
3000000000 ==> 3000000000L  (not mono: uint, here long)
'\n' == 10 ==> true
"a\0b".Length ==> 3
(double)int.MaxValue + 1 ==> 2147483648d
1.5e3 ==> 1500d
.5 ==> 0.5d
(5).CompareTo(3) ==> 1
(5).Equals(5) ==> true
"ab".Equals(null) ==> false
object.Equals(1, 1) ==> true
double.NaN == double.NaN ==> false
double.NaN.Equals(double.NaN) ==> true
double.MaxValue ==> 1.7976931348623157E+308d
double.IsNaN(0.0 / 0) ==> true
int.Parse("5").ToString("00") ==> "05"
(-5).ToString("D3") ==> "-005"
(1234.5).ToString("F0") ==> "1235"
(2.5).ToString("F0") ==> "3"
(1e10).ToString("N0") ==> "10,000,000,000"
(0).ToString("#") ==> ""
{ int b = 300; return (int)(byte)b; } ==> 44

## Everyday code
{ string s = "a"; switch (s) { case "a": { int q = 1; return q; } default: break; } return 0; } ==> 1
{ int i = 0; for (; i < 5; ) i++; return i; } ==> 5
{ int x = 3, y = x + 1; return x * y; } ==> 12
{ long a = 1, b = 2; a = b = 5; return a + b; } ==> 10L
{ var d = new Dictionary<string, List<int>>(); d["a"] = new List<int>(); d["a"].Add(3); return d["a"][0]; } ==> 3
{ int[] a = new int[] { 1, 2, 3 }; int s = 0; foreach (int v in a) s += v; return s; } ==> 6
{ int s = 0; foreach (char c in "abc") s += c; return s; } ==> 294
{ string r = ""; foreach (var kv in new Dictionary<string, int> { { "x", 1 } }) r += kv.Key + kv.Value; return r; } ==> "x1"
{ var t = Tuple.Create(1, "b", 2.5); return t.Item1 + t.Item2 + t.Item3; } ==> "1b2.5"
(1 > 0 ? "a" : "b") + "c" ==> "ac"
"a" + (1 > 0 ? 1 : 2) ==> "a1"
-(5) ==> -5
- 5 + 3 ==> -2
+5 ==> 5
1 - -1 ==> 2
(int)+3.7 ==> 3
(long)-3 ==> -3L
((object)3).ToString() ==> "3"
((IEnumerable<int>)new[] { 1, 2 }).Count() ==> 2
new[] { "a", "b" }.Select(s => new { s, n = s.Length }).First().n ==> 1
new[] { 1, 2, 3 }.Where(x => { if (x > 1) { return true; } return false; }).Count() ==> 2
new[] { 1, 2, 3 }.ToDictionary(x => "k" + x)["k2"] ==> 2
new[] { 1, 2, 3 }.Average(x => x * 2) ==> 4d
new[] { 1L, 2L }.Sum() ==> 3L
new[] { 1.5m, 2m }.Sum() ==> 3.5m
new[] { 3, 1, 2 }.OrderBy(x => -x).First() ==> 3
new[] { "x" }.FirstOrDefault(s => s == "y") ?? "none" ==> "none"
new[] { 1, 2, 3, 4 }.TakeWhile(x => x < 3).Last() ==> 2
new[] { 1, 2, 3, 4 }.SkipWhile(x => x < 3).First() ==> 3
new[] { "a,b", "c" }.SelectMany(s => s.Split(',')).ToList().Count ==> 3
"a-b-c".Split('-').Last() ==> "c"
"a=1;b=2".Split(';').Select(p => p.Split('=')).ToDictionary(p => p[0], p => p[1])["b"] ==> "2"
"abc".Any(char.IsDigit) ==> false
"a1".All(c => char.IsLetterOrDigit(c)) ==> true
string.Join("", "abc".Select(c => (char)(c + 1))) ==> "bcd"
"abc".Substring(0, Math.Min(10, "abc".Length)) ==> "abc"
"  x ".Trim().ToUpperInvariant().PadLeft(3, '.') ==> "..X"
"a".Equals((object)"a") ==> true
"abc".IndexOf('c', 1) ==> 2
"abcabc".IndexOf("c", 3) ==> 5
"abc".Contains("") ==> true
"abc".StartsWith("") ==> true
"abc".LastIndexOf('z') ==> -1
"%41%42" ==> "%41%42"
Uri.UnescapeDataString("%41+%zz") ==> "A+%zz"
"é".ToUpperInvariant() ==> "\u00c9"
string.Equals("a", "A", StringComparison.OrdinalIgnoreCase) ==> true
string.Compare("b", "A", StringComparison.Ordinal) ==> 33
string.IsNullOrEmpty(null) ? 1 : 0 ==> 1
string.Empty.Length ==> 0
(DateTime?)null == null ==> true
{ DateTime? d = null; return d?.Year; } ==> null
{ DateTime? d = new DateTime(2024, 1, 1); return d?.Year; } ==> 2024
{ DateTime? d = new DateTime(2024, 1, 1); return d.Value.AddDays(1).Day; } ==> 2
new DateTime(2024, 1, 1).AddMinutes(-1).ToString("yyyy-MM-ddTHH:mm:ss.fffZ") ==> "2023-12-31T23:59:00.000Z"
(new DateTime(2024, 1, 2) - new DateTime(2024, 1, 1)).Days ==> 1
(int)(new DateTime(2024, 1, 1, 12, 0, 0) - new DateTime(2024, 1, 1)).TotalMinutes ==> 720
DateTimeOffset.FromUnixTimeSeconds(0).AddDays(1).ToUnixTimeMilliseconds() ==> 86400000L
DateTimeOffset.FromUnixTimeSeconds(1700000000).UtcDateTime.Subtract(new DateTime(2023, 11, 14)).TotalHours ==> 22.222222222222221d
DateTimeOffset.FromUnixTimeSeconds(1700000000) - DateTimeOffset.FromUnixTimeSeconds(1699999000) ==> TimeSpan 00:16:40
DateTimeOffset.FromUnixTimeSeconds(-1).ToUnixTimeSeconds() ==> -1L
DateTimeOffset.FromUnixTimeMilliseconds(-1).ToUnixTimeSeconds() ==> -1L
DateTime.Parse("2024-01-02T03:04:05Z").Hour ==> 3
DateTime.Parse("2024-01-02T03:04:05+02:00").Hour ==> 1
DateTime.Parse("Tue, 02 Jan 2024 03:04:05 GMT").ToString("s") ==> "2024-01-02T03:04:05"
DateTimeOffset.Parse("Tue, 02 Jan 2024 03:04:05 GMT").ToUnixTimeSeconds() ==> 1704164645L
{ DateTimeOffset d; return DateTimeOffset.TryParse("bad", out d); } ==> false
{ DateTimeOffset d; return DateTimeOffset.TryParse("2024-01-02", out d) ? d.Day : 0; } ==> 2
TimeSpan.FromMilliseconds(1500).ToString() ==> "00:00:01.5000000"
TimeSpan.FromHours(30).Hours ==> 6
TimeSpan.FromHours(30).ToString("c") ==> "1.06:00:00"
TimeSpan.FromSeconds(75).ToString("mm':'ss") ==> "01:15"
Convert.ToInt32(4.5) + Convert.ToInt32(5.5) ==> 10
Convert.ToInt32("  7 ") ==> 7
Convert.ToInt64(3.7) ==> 4L
Convert.ToString(true) ==> "True"
Convert.ToString(1.5) ==> "1.5"
Convert.ToString((object)null) ==> ""
Convert.ToDouble("x") ==> !FormatException
Convert.ToDateTime("2024-01-02").Day ==> 2
int.Parse("-0") ==> 0
int.Parse("+5") ==> 5
long.Parse(" 5 ") ==> 5L
{ long r; return long.TryParse("1.0", out r); } ==> false
{ int r; return int.TryParse("2147483648", out r); } ==> false
{ int r; return int.TryParse("-2147483648", out r) ? r : 0; } ==> -2147483648
{ double r; return double.TryParse("abc", out r) ? 1 : r; } ==> 0d
double.Parse("-.5") ==> -0.5d
double.Parse("1e400") ==> !OverflowException
Math.Max(1L, 2) ==> 2L
Math.Max(1.5m, 2) ==> 2m
Math.Min(1L, 2L) ==> 1L
Math.Round(1.25m, 1) ==> 1.2m
Math.Round(-2.5m) ==> -2m
Math.Floor(2.7m) ==> 2m
Math.Ceiling(5 / 2.0) ==> 3d
(int)Math.Ceiling(5 / 2.0) ==> 3
(int)Math.Round(0.5 * 3) ==> 2
(long)(1.5 * 3) ==> 4L
5 / 2 * 2.0 ==> 4d
1.0 * 5 / 2 ==> 2.5d
10 % 3.5 ==> 3d
1e3 + 1 ==> 1001d
0.1 * 3 ==> 0.30000000000000004d
1.1 + 2.2 ==> 3.3000000000000003d
100.0 / 3 ==> 33.333333333333336d
(double)7 / 2 ==> 3.5d
(5 + 2.0).ToString("F1") ==> "7.0"
(0.1 + 0.2).ToString() ==> "0.3"
(1 / 3.0).ToString() ==> "0.333333333333333"
(100000000000000000000.0).ToString() ==> "1E+20"
(123456.789).ToString("0.#") ==> "123456.8"
(0.000012345).ToString() ==> "1.2345E-05"
(1.0 / 3).ToString("F3") ==> "0.333"
(12345.678).ToString("N") ==> "12,345.68"
(42).ToString("X4") ==> "002A"
(1e-7).ToString() ==> "1E-07"

## Everyday JSON
JObject.Parse("{\"a\":1.10}")["a"].ToString() ==> "1.1"
JObject.Parse("{\"a\":1.10}").ToString(Formatting.None) ==> "{\"a\":1.1}"
JObject.Parse("{\"a\":1e2}").ToString(Formatting.None) ==> "{\"a\":100.0}"
JObject.Parse("{\"a\":12345678901234567890}").ToString(Formatting.None) ==> "{\"a\":12345678901234567890}"
JObject.Parse("{\"a\":0.1}")["a"].Value<decimal>() ==> 0.1m
(decimal)JObject.Parse("{\"a\":0.1}")["a"] ==> 0.1m
JObject.Parse("{\"a\":{}}")["a"].HasValues ==> false
JObject.Parse("{\"a\":[{\"b\":1},{\"b\":2}]}").SelectTokens("a[*].b").Select(t => (int)t).Sum() ==> 3
JObject.Parse("{\"a\":[{\"b\":1},{\"b\":2}]}")["a"].Select(t => (int)t["b"]).Sum() ==> 3
JObject.Parse("{\"a\":[{\"b\":1},{\"b\":2}]}")["a"].Children().Count() ==> 2
((JArray)JObject.Parse("{\"a\":[1]}")["a"]).Count ==> 1
((JObject)JObject.Parse("{\"a\":[1]}")["a"]).Count ==> !InvalidCastException
(JObject.Parse("{\"a\":[1]}")["a"] as JObject) == null ==> true
JObject.Parse("{\"a\":[1]}")["a"] is JArray ==> true
JObject.Parse("{\"a\":1}")["a"].Type == JTokenType.Integer ==> true
JObject.Parse("{\"a\":\"\"}")["a"].ToString() == "" ==> true
JObject.Parse("{\"a\":\"x\"}")["a"].Value<string>().Length ==> 1
JObject.Parse("{\"a\":\"x\"}").GetValue("a") ==> JValue \"x\"
JObject.Parse("{\"A\":\"x\"}").GetValue("a", StringComparison.OrdinalIgnoreCase) ==> JValue \"x\"
JObject.Parse("{\"a\":true}")["a"].ToString() ==> "True"
JObject.Parse("{\"a\":true}")["a"].ToObject<bool>() ==> true
JObject.Parse("{\"a\":[1,2]}")["a"].ToObject<List<int>>() ==> [1, 2]
JObject.Parse("{\"a\":[1,2]}")["a"].ToString(Formatting.None) ==> "[1,2]"
JObject.Parse("{\"a\":1}").ToObject<Dictionary<string, int>>()["a"] ==> 1
JObject.Parse("{\"a\":[1,2]}")["a"].Last ==> JValue 2
JObject.Parse("{\"a\":[1,2]}")["a"].First.Next ==> JValue 2
JObject.Parse("{\"a\":1,\"a\":2}").ToString(Formatting.None) ==> "{\"a\":2}"
JObject.Parse("{\"a\":1} x") ==> !JsonReaderException
JObject.Parse("{\"a\":}") ==> !JsonReaderException
JObject.Parse("{\"a\" 1}") ==> !JsonReaderException
JObject.Parse("<html>") ==> !JsonReaderException
JObject.Parse("{\"a\":\"\\u00e9\\n\"}").ToString(Formatting.None) ==> "{\"a\":\"\u00e9\\n\"}"
JObject.Parse("{\"a\":\"\\/x\"}").ToString(Formatting.None) ==> "{\"a\":\"/x\"}"
JArray.Parse("{}") ==> !JsonReaderException
JToken.Parse("[1,2") ==> !JsonReaderException
JToken.Parse("tru") ==> !JsonReaderException
JToken.FromObject(5).Type ==> JTokenType Integer
JToken.FromObject(new[] { 1, 2 }).ToString(Formatting.None) ==> "[1,2]"
JToken.FromObject("x") ==> JValue \"x\"
new JValue(5) ==> JValue 5
new JValue("x").Value ==> "x"
new JValue((object)null).Type ==> JTokenType Null
new JProperty("a", 1).ToString(Formatting.None) ==> "\"a\":1"
new JObject { { "a", 1 }, { "b", "x" } }.ToString(Formatting.None) ==> "{\"a\":1,\"b\":\"x\"}"
new JObject { ["a"] = new JObject { ["b"] = true } }.ToString(Formatting.None) ==> "{\"a\":{\"b\":true}}"
new JArray { 1, "a", new JObject() }.ToString(Formatting.None) ==> "[1,\"a\",{}]"
new JArray(new JObject(), 2).Count ==> 2
{ var o = new JObject(); o["n"] = 1 + 2L; o["d"] = 1.5; o["m"] = 1.50m; o["s"] = (string)null; o["g"] = Guid.Empty; return o.ToString(Formatting.None); } ==> "{\"n\":3,\"d\":1.5,\"m\":1.50,\"s\":null,\"g\":\"00000000-0000-0000-0000-000000000000\"}"
{ var o = JObject.Parse("{\"a\":{\"b\":1}}"); o["a"]["b"] = 5; return o.ToString(Formatting.None); } ==> "{\"a\":{\"b\":5}}"
{ var o = JObject.Parse("{\"a\":[1]}"); ((JArray)o["a"]).Add(2); o["a"][0] = 9; return o.ToString(Formatting.None); } ==> "{\"a\":[9,2]}"
{ var o = JObject.Parse("{\"a\":1,\"b\":2}"); o.Property("a").Remove(); return o.ToString(Formatting.None); } ==> "{\"b\":2}"
{ var o = JObject.Parse("{\"a\":1,\"b\":2}"); o["a"].Parent.Remove(); return o.Count; } ==> 1
{ var o = JObject.Parse("{\"a\":1}"); foreach (var p in o.Properties()) { p.Value = 7; } return o.ToString(Formatting.None); } ==> "{\"a\":7}"
{ var o = JObject.Parse("{\"a\":1,\"b\":2}"); foreach (var p in o.Properties()) { o.Remove(p.Name); } return o.Count; } ==> !InvalidOperationException
{ var o = JObject.Parse("{\"a\":1}"); var c = (JObject)o.DeepClone(); c["a"] = 2; return (int)o["a"]; } ==> 1
{ var a = new JArray(1, 2, 3); a.RemoveAt(1); return a.ToString(Formatting.None); } ==> "[1,3]"
{ JObject o = null; return o?["a"]?.ToString() ?? "none"; } ==> "none"
{ JObject o = null; return (int?)o?["a"] ?? 7; } ==> 7
{ var o = JObject.Parse("{\"a\":\"5\"}"); return o.Value<int>("a") + 1; } ==> 6
JsonConvert.SerializeObject(new { error = new { code = "429", message = "busy \"now\"" } }) ==> "{\"error\":{\"code\":\"429\",\"message\":\"busy \\\"now\\\"\"}}"
JsonConvert.SerializeObject(new List<object> { 1, "a", null, 1.5, true }) ==> "[1,\"a\",null,1.5,true]"
JsonConvert.SerializeObject(TimeSpan.FromSeconds(5)) ==> "\"00:00:05\""
JsonConvert.SerializeObject(JObject.Parse("{\"a\":1}")) ==> "{\"a\":1}"
JsonConvert.SerializeObject(1.0 / 3) ==> "0.33333333333333331"
JsonConvert.SerializeObject(Encoding.UTF8.GetBytes("a")) ==> "\"YQ==\""
JsonConvert.SerializeObject(DayOfWeek.Friday) ==> "5"
JsonConvert.DeserializeObject<string>("\"x\"") ==> "x"
JsonConvert.DeserializeObject<int[]>("[1,2]").Length ==> 2
JsonConvert.DeserializeObject<Dictionary<string, object>>("{\"a\":1,\"b\":\"x\"}")["a"] ==> 1L
JsonConvert.DeserializeObject<bool>("true") ==> true
JsonConvert.DeserializeObject<object>("{\"a\":1}") ==> JObject {\"a\":1}
JsonConvert.DeserializeObject<JArray>("{}") ==> !InvalidCastException
((JObject)JsonConvert.DeserializeObject("{\"a\":1}"))["a"] ==> JValue 1

## Everyday matching and bytes
Regex.Match("https://aoai-dev-eastus2-ab12.openai.azure.com", @"^https://aoai-\w+-(?<region>[a-z0-9]+)-").Groups["region"].Value ==> "eastus2"
Regex.Match("abc", "(?<x>b)?").Groups["x"].Success ==> false
Regex.Match("abc", "b").Groups["nope"].Success ==> false
Regex.Match("abc", "b").Groups.Count ==> 1
Regex.Match("a.b", @"\.").Index ==> 1
Regex.IsMatch("ABC", "abc", RegexOptions.IgnoreCase) ==> true
Regex.IsMatch("ABC", "(?i)abc") ==> true
Regex.Replace("aaa", "a", "$0$0") ==> "aaaaaa"
Regex.Replace("a$b", @"\$", "$$") ==> "a$b"
Regex.Split("a, b,c", @",\s*") ==> ["a", "b", "c"]
Regex.Matches("a1b2", "[a-z]").Cast<Match>().Aggregate("", (s, m) => s + m.Value) ==> "ab"
{ string r = ""; foreach (Match m in Regex.Matches("a1b2", @"\d")) { r += m.Value; } return r; } ==> "12"
new Regex(@"\d+").Replace("a12b3", "#", 1) ==> "a#b3"
new Regex("a|b").Matches("xaxb").Count ==> 2
WebUtility.UrlEncode("é") ==> "%C3%A9"
Convert.ToBase64String(new byte[] { 1, 2, 3 }) ==> "AQID"
Convert.ToBase64String(Guid.Empty.ToByteArray()) ==> "AAAAAAAAAAAAAAAAAAAAAA=="
Encoding.UTF8.GetBytes("abc") ==> bytes 61-62-63
Encoding.UTF8.GetString(new byte[] { 104, 105 }) ==> "hi"
{ byte[] b = { 1, 2 }; b[0] = 9; return b; } ==> bytes 09-02
{ byte[] b = new byte[2]; return b.Length; } ==> 2
new byte[] { 1, 2, 3 }.Sum(b => b) ==> 6
new HashSet<string> { "a", "b" }.Contains("b") ==> true
new List<int> { 1, 2, 3 }.FindAll(x => x > 1).Count ==> 2
new List<string> { "b", "a" }.OrderBy(s => s).ToList()[0] ==> "a"
new List<int> { 1, 2, 3 }.GetRange(1, 2) ==> [2, 3]
new List<int> { 1, 2, 3 }.Exists(x => x == 3) ==> true

## Steps and blocks
{ unchecked { int m = int.MaxValue; return m + 1; } } ==> -2147483648
unchecked((int)3000000000L) ==> -1294967296
{ int a = 5; a = a++ + 1; return a; } ==> 6
{ int a = 1; int b = a++ * 10 + a; return b; } ==> 12
{ bool a = true; a &= false; return a; } ==> false
{ bool a = false; a |= true; return a; } ==> true
{ int a = 6; a ^= 3; a <<= 2; a >>= 1; return a; } ==> 10
{ int? a = 5; a += 2; return a; } ==> 7
{ int? a = null; int? b = 3; return a + b ?? -1; } ==> -1
{ int? a = null; return a < 5 || a >= 5; } ==> false
{ bool? b = null; return b == true; } ==> false
{ bool? b = true; return b ?? false; } ==> true
{ double d = 5; int i = (int)d; d = i; return d; } ==> 5d
{ long l = 5; double d = l; return d / 2; } ==> 2.5d
{ char c = 'x'; int i = c; return i; } ==> 120
{ object o = 5; long l = (int)o; return l; } ==> 5L
{ object o = 5L; return (long)o + 1; } ==> 6L
{ IEnumerable<object> e = new[] { "a" }; return e.First(); } ==> "a"
{ object[] a = new string[] { "a" }; return a.Length; } ==> 1
{ Func<string, int> f = s => s.Length; return f("abc"); } ==> 3
{ Func<int, Func<int, int>> add = a => b => a + b; return add(1)(2); } ==> 3
{ Action<string> f = s => { }; f("a"); return 1; } ==> 1
{ Func<string, bool> f = string.IsNullOrEmpty; return f(""); } ==> true
{ Predicate<int> p = x => x > 1; return new List<int> { 1, 2 }.FindIndex(p); } ==> 1
{ string s = null; string t = s + "a"; return t; } ==> "a"
{ string s = "abc"; return s[s.Length - 1] == 'c'; } ==> true
{ string s = "x"; s += null; return s; } ==> "x"
{ const string p = "a"; const string q = p + "b"; return q; } ==> "ab"
{ var s = "a"; { var t = "b"; s += t; } { var t = "c"; s += t; } return s; } ==> "abc"
{ int n = 0; foreach (var x in new[] { 1, 2, 3, 4 }) { if (x % 2 == 0) continue; n += x; } return n; } ==> 4
{ int n = 0; while (true) { if (++n > 3) break; } return n; } ==> 4
{ for (int i = 0; i < 3; i++) { for (int j = 0; j < 3; j++) { if (j == 1) break; if (i == 2) return i * 10 + j; } } return -1; } ==> 20
{ int i = 10; do { i--; if (i == 5) continue; } while (i > 3); return i; } ==> 3
{ try { return "x"[5].ToString(); } catch { return "caught"; } } ==> "caught"
{ string r = ""; try { r += "t"; } catch { r += "c"; } finally { r += "f"; } return r; } ==> "tf"
{ int x; if (int.TryParse("5", out x) && x > 3) return "big"; else return "small"; } ==> "big"
{ int x; var ok = int.TryParse("a", out x); return ok + ":" + x; } ==> "False:0"
{ return new[] { 1, 2, 3 }.Select(x => { try { return 6 / (x - 2); } catch (Exception) { return 0; } }).Sum(); } ==> 0
{ var r = new Random(5); return r.Next(1, 7) + "," + r.NextDouble().ToString("F4"); } ==> "3,0.2844"
new Random(123).Next() ==> 2114319875
new Random(-5).Next(1000) ==> 338
new Random(0).Next(10, 20) ==> 17
Guid.Parse("{6F9619FF-8B86-D011-B42D-00CF4FC964FF}").ToString("B") ==> "{6f9619ff-8b86-d011-b42d-00cf4fc964ff}"
Guid.Parse("6F9619FF8B86D011B42D00CF4FC964FF") ==> Guid 6f9619ff-8b86-d011-b42d-00cf4fc964ff
"abc"?.Length ==> 3
1.ToString() ==> "1"
'a'.ToString() ==> "a"
true && "a" == "a" ==> true
!(1 == 2) && !("a" == "b") ==> true
1 == 1 == true ==> true
1 < 2 == true ==> true
(5 & 1) == 1 ==> true
5 & 1 + 1 ==> 0
1 << 2 + 1 ==> 8
true || false && false ==> true
2 + 3 * 4 - 6 / 2 % 2 ==> 13
"a" + 'b' + 1 + 2.0 + true ==> "ab12True"
1 + 'a' + "b" ==> "98b"
(1 + 2) + "b" + (1 + 2) ==> "3b3"
null == null ==> true
(object)null == null ==> true
"A".ToLower() == "a" ==> true
object.Equals("a", "a") ==> true
object.Equals(null, "a") ==> false
object.ReferenceEquals(null, null) ==> true
(string)null == "" ==> false
string.Concat(new[] { "a", "b" }) ==> "ab"
string.Concat("a", "b", "c", "d", "e") ==> "abcde"
string.Format("{0}", (object)null) ==> ""
string.Format("{0,-5}|{1,5:F1}|", "ab", 2.25) ==> "ab   |  2.3|"
string.Format("{0:yyyy-MM-dd}", new DateTime(2024, 1, 2)) ==> "2024-01-02"
$"{new DateTime(2024, 1, 2):dd.MM.yy}" ==> "02.01.24"
$"{null}" ==> ""  (not mono: mono passes null for the arguments)
$"{"a" + "b"}{1 + 1:D3}" ==> "ab002"
$"{{\"code\":\"{429}\",\"m\":\"{"x"}\"}}" ==> "{\"code\":\"429\",\"m\":\"x\"}"
$@"{{""a"":{1}}}" ==> "{\"a\":1}"
"{\"a\":" + 1 + "}" ==> "{\"a\":1}"

## Null-conditional chains
{ string s = "abc"; return "x" + s?.Length; } ==> "x3"
{ string s = null; return "x" + s?.Length + "y"; } ==> "xy"
{ string s = "abc"; return 3 == s?.Length; } ==> true
{ string s = null; return !(s?.Contains("a") ?? false); } ==> true
{ string s = "abc"; return -s?.Length; } ==> -3
{ string s = null; return s?.Trim().ToUpper().Length ?? -1; } ==> -1
{ string a = null, b = "q"; return a ?? b?.ToUpper(); } ==> "Q"
{ string[] a = null; return a?[0]; } ==> null
{ string[] a = { "x" }; return a?[0]?.Length; } ==> 1
{ int?[] a = new int?[2]; a[1] = 5; return a[1] ?? 0; } ==> 5
{ List<string> l = null; l?.Add("x"); return l == null; } ==> true
{ JObject o = JObject.Parse("{\"a\":null}"); return (string)o?["a"]?.ToString() == ""; } ==> true
{ JObject o = null; return o?["a"]?["b"] == null; } ==> true
{ string s = "a"; return s?.Length == 1 ? "one" : "other"; } ==> "one"
{ string s = null; return (s?.Length).HasValue; } ==> false
{ string s = null; bool t = s?.Length > 0; return t; } ==> false
{ Func<int> f = null; return f?.Invoke() ?? 7; } ==> 7
## Found by comparison with a real runtime
JToken.Parse("{\"a\":[{\"b\":2},{\"b\":{\"b\":5}}]}").SelectTokens("$..b").Select(t => t.ToString(Formatting.None)) ==> ["2", "{\"b\":5}", "5"]
JToken.Parse("[[1],2,{\"a\":3}]").SelectTokens("$..*").Count() ==> 6
JToken.Parse("{\"a\":{\"b\":2}}").SelectTokens("a[*]").Count() ==> 0
JToken.Parse("{\"a\":[1,2]}").SelectTokens("a.*").Count() ==> 0
JToken.Parse("{\"$a\":1}").SelectToken("$a") ==> JValue 1
JToken.Parse("[1]").SelectToken("[-1]") ==> !ArgumentOutOfRangeException
JToken.Parse("0x1F") ==> JValue 31
JToken.Parse("017") ==> JValue 15
JToken.Parse("09") ==> !JsonReaderException
JToken.Parse(".5") ==> JValue 0.5
JToken.Parse("1e400") ==> !JsonReaderException
JToken.Parse("// c\n5") ==> !JsonReaderException
(long)JToken.Parse("123456789012345678901234567890") ==> !OverflowException
(decimal)JToken.Parse("9007199254740993") ==> 9007199254740993m
JToken.Parse("123456789012345678901234567890").Value<long>() ==> !InvalidCastException
((JValue)JToken.Parse("123456789012345678901234567890")).Value is long ==> false
JToken.Parse("3000000000").ToObject<int>() ==> !OverflowException
JToken.Parse("\"x\"").ToObject<int>() ==> !FormatException
JsonConvert.DeserializeObject<int>("1.5") ==> !JsonReaderException
{ Regex.Match("xab", "a|b"); return Regex.Replace("bab", "a|b", "-") + Regex.Matches("ab", "a|b").Count; } ==> "---2"
Regex.Match("ababab", "(ab)(ab)").Groups[2].Index ==> 2
"abc".LastIndexOf("", StringComparison.Ordinal) ==> 2
((string)null).IndexOf(int.Parse("x").ToString()) ==> !FormatException
((int[])null)[int.Parse("x")] ==> !FormatException
TimeSpan.Parse("x 99999999999") ==> !OverflowException
TimeSpan.Parse("10675200") ==> !OverflowException
TimeSpan.Parse("1:2:3:4") ==> TimeSpan 1.02:03:04
TimeSpan.Parse("0:007") ==> TimeSpan 00:07:00
WebUtility.HtmlEncode("😀") ==> "&#128512;"
`);
