// Runs compiled expressions on contexts read from standard input, a JSON object a line:
//   {"now": ms, "id": "c1", "context": {...}}   remembers a context
//   {"run": "E12", "on": "c1"}                  answers with a line: the value as csharp-shown.ts writes it, or !ExceptionType
//   {"members": "E12"}                          answers with a line: a JSON array of the members that its code uses
using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Reflection.Emit;
using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

public static class Host
{
    public static void Main(string[] arguments)
    {
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
        System.Threading.Thread.CurrentThread.CurrentCulture = CultureInfo.InvariantCulture;
        // Lines end as on Windows, where API Management runs.
        typeof(Environment).GetField("nl", BindingFlags.NonPublic | BindingFlags.Static).SetValue(null, "\r\n");
        var code = Assembly.LoadFrom(arguments[0]);
        var contexts = new Dictionary<string, JObject>();
        var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false), 65536) { NewLine = "\n" };
        string line;
        while ((line = Console.In.ReadLine()) != null)
        {
            var request = Read(line);
            if (request["context"] != null) contexts[(string)request["id"]] = request;
            else if (request["members"] != null) output.WriteLine(JsonConvert.SerializeObject(Members.Of(code.GetType((string)request["members"]))));
            else output.WriteLine(Run(code.GetType((string)request["run"]), contexts[(string)request["on"]]));
        }
        output.Flush();
    }

    static JObject Read(string text)
    {
        using (var reader = new JsonTextReader(new StringReader(text)) { DateParseHandling = DateParseHandling.None })
            return JObject.Load(reader);
    }

    static string Run(Type expression, JObject given)
    {
        Framework.Now = (long)given["now"];
        var run = (Func<IContext, object>)Delegate.CreateDelegate(typeof(Func<IContext, object>), expression.GetMethod("Run"));
        try
        {
            // A query runs when it is looked at.
            return Show.Of(run(new Context((JObject)given["context"])));
        }
        catch (Exception error)
        {
            return "!" + error.GetType().Name;
        }
    }
}

// The notation of csharp-shown.ts.
static class Show
{
    public static string Of(object value)
    {
        if (value == null) return "null";
        if (value is string) return "\"" + Escaped((string)value) + "\"";
        if (value is bool) return (bool)value ? "true" : "false";
        if (value is int) return value.ToString();
        if (value is long) return value + "L";
        if (value is double) return ((double)value).ToString("R", CultureInfo.InvariantCulture) + "d";
        if (value is decimal) return ((decimal)value).ToString(CultureInfo.InvariantCulture) + "m";
        if (value is char) return "'" + Escaped(value.ToString()) + "'";
        if (value is JToken) return value.GetType().Name + " " + Escaped(((JToken)value).ToString(Formatting.None));
        if (value is byte[]) return "bytes " + BitConverter.ToString((byte[])value);
        if (value is IEnumerable) return "[" + string.Join(", ", ((IEnumerable)value).Cast<object>().Select(Of)) + "]";
        var name = value.GetType().Name;
        return (name.StartsWith("<>") ? "anonymous" : name) + " " + Escaped(value.ToString());
    }

    static string Escaped(string text)
    {
        var made = new StringBuilder();
        foreach (var c in text)
        {
            if (c < ' ' || c > '~') made.Append("\\u" + ((int)c).ToString("x4"));
            else if (c == '"' || c == '\\') made.Append('\\').Append(c);
            else made.Append(c);
        }
        return made.ToString();
    }
}

// Members named in the IL of an expression, its lambdas and its closures.
static class Members
{
    static readonly Dictionary<short, OpCode> codes = typeof(OpCodes).GetFields().Select(f => (OpCode)f.GetValue(null)).ToDictionary(c => c.Value);

    public static string[] Of(Type expression)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        Visit(expression, expression, found);
        return found.ToArray();
    }

    static void Visit(Type expression, Type type, ISet<string> found)
    {
        const BindingFlags own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        foreach (var method in type.GetMethods(own).Cast<MethodBase>().Concat(type.GetConstructors(own)))
        {
            var body = method.GetMethodBody();
            if (body != null) Read(expression, method, body.GetILAsByteArray(), found);
        }
        foreach (var nested in type.GetNestedTypes(own)) Visit(expression, nested, found);
    }

    static void Read(Type expression, MethodBase method, byte[] il, ISet<string> found)
    {
        var ofType = method.DeclaringType.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        var ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < il.Length;)
        {
            var code = codes[il[at] == 0xFE ? (short)((il[at++] << 8) | il[at++]) : il[at++]];
            switch (code.OperandType)
            {
                case OperandType.InlineNone: break;
                case OperandType.ShortInlineBrTarget: case OperandType.ShortInlineI: case OperandType.ShortInlineVar: at += 1; break;
                case OperandType.InlineVar: at += 2; break;
                case OperandType.InlineI8: case OperandType.InlineR: at += 8; break;
                case OperandType.InlineSwitch: at += 4 + 4 * BitConverter.ToInt32(il, at); break;
                case OperandType.InlineMethod: case OperandType.InlineField: case OperandType.InlineTok: case OperandType.InlineType:
                    Note(expression, method.Module.ResolveMember(BitConverter.ToInt32(il, at), ofType, ofMethod), found);
                    at += 4;
                    break;
                default: at += 4; break;
            }
        }
    }

    static void Note(Type expression, MemberInfo member, ISet<string> found)
    {
        var type = member as Type ?? member.DeclaringType;
        while (type.HasElementType) type = type.GetElementType();
        if (type.IsGenericParameter) return;
        if (type.IsGenericType) type = type.GetGenericTypeDefinition();
        for (var outer = type; outer != null; outer = outer.DeclaringType) if (outer == expression) return;
        // Anonymous types and what the compiler makes for arrays of constants.
        if (type.Name.StartsWith("<")) return;
        found.Add(type.FullName + (member is Type ? "" : "." + Name(member)));
    }

    static string Name(MemberInfo member)
    {
        var method = member as MethodInfo;
        return method != null && method.IsSpecialName && (method.Name.StartsWith("get_") || method.Name.StartsWith("set_")) ? method.Name.Substring(4) : member.Name;
    }
}

// A context from JSON; csharp-context.ts makes the same for the interpreter.
class Context : IContext, IApi, IDeployment, IProduct
{
    readonly JObject given;

    public Context(JObject given)
    {
        this.given = given;
        Request = new Message((JObject)given["request"]);
        Response = given["response"].Type == JTokenType.Null ? null : new Message((JObject)given["response"]);
        LastError = given["lastError"].Type == JTokenType.Null ? null : new Failure((JObject)given["lastError"]);
        Operation = new Called((JObject)given["operation"]);
        Subscription = given["subscription"].Type == JTokenType.Null ? null : new Caller((JObject)given["subscription"]);
        Variables = ((JArray)given["variables"]).ToDictionary(v => (string)v["name"], v => Value((string)v["type"], (string)v["value"]));
    }

    static object Value(string type, string text)
    {
        switch (type)
        {
            case "null": return null;
            case "string": return text;
            case "bool": return text == "true";
            case "int": return int.Parse(text, CultureInfo.InvariantCulture);
            case "long": return long.Parse(text, CultureInfo.InvariantCulture);
            case "double": return double.Parse(text, CultureInfo.InvariantCulture);
            case "JObject": return JObject.Parse(text);
            default: throw new NotSupportedException(type);
        }
    }

    public IApi Api { get { return this; } }
    public IDeployment Deployment { get { return this; } }
    public TimeSpan Elapsed { get { return TimeSpan.FromTicks(12500000); } }
    public ILastError LastError { get; private set; }
    public IOperation Operation { get; private set; }
    public IProduct Product { get { return this; } }
    public IRequest Request { get; private set; }
    public Guid RequestId { get { return new Guid((string)given["requestId"]); } }
    public IResponse Response { get; private set; }
    public ISubscription Subscription { get; private set; }
    public DateTime Timestamp { get { return new DateTime(621355968000000000L + (long)given["timestamp"] * 10000L, DateTimeKind.Utc); } }
    public bool Tracing { get { return false; } }
    public IUser User { get { return null; } }
    public IReadOnlyDictionary<string, object> Variables { get; private set; }
    public void Trace(string message) { }

    string IApi.Id { get { return "openai"; } }
    string IApi.Name { get { return "OpenAI"; } }
    string IApi.Path { get { return "openai"; } }
    bool IApi.IsCurrentRevision { get { return true; } }
    string IApi.Revision { get { return "1"; } }
    string IApi.Version { get { return null; } }
    IUrl IApi.ServiceUrl { get { return null; } }
    string IDeployment.GatewayId { get { return "managed"; } }
    string IDeployment.Region { get { return "Sweden Central"; } }
    string IDeployment.ServiceId { get { return "apim-dev"; } }
    string IDeployment.ServiceName { get { return "apim-dev"; } }
    bool IProduct.ApprovalRequired { get { return false; } }
    string IProduct.Id { get { return "chat-web"; } }
    string IProduct.Name { get { return "Chat web"; } }
    bool IProduct.SubscriptionRequired { get { return true; } }
    int? IProduct.SubscriptionsLimit { get { return null; } }
}

class Failure : ILastError
{
    readonly JObject given;
    public Failure(JObject given) { this.given = given; }
    public string Source { get { return (string)given["source"]; } }
    public string Reason { get { return (string)given["reason"]; } }
    public string Message { get { return (string)given["message"]; } }
    public string Scope { get { return (string)given["scope"]; } }
    public string Section { get { return (string)given["section"]; } }
    public string Path { get { return (string)given["path"]; } }
    public string PolicyId { get { return (string)given["policyId"]; } }
}

class Called : IOperation
{
    readonly JObject given;
    public Called(JObject given) { this.given = given; }
    public string Id { get { return (string)given["id"]; } }
    public string Method { get { return (string)given["method"]; } }
    public string Name { get { return (string)given["name"]; } }
    public string UrlTemplate { get { return (string)given["urlTemplate"]; } }
}

class Caller : ISubscription
{
    readonly JObject given;
    public Caller(JObject given) { this.given = given; }
    public DateTime CreatedDate { get { return DateTime.MinValue; } }
    public DateTime? EndDate { get { return null; } }
    public DateTime? StartDate { get { return null; } }
    public string Id { get { return (string)given["id"]; } }
    public string Name { get { return (string)given["name"]; } }
    public string Key { get { return (string)given["key"]; } }
    public string PrimaryKey { get { return (string)given["primaryKey"]; } }
    public string SecondaryKey { get { return (string)given["secondaryKey"]; } }
}

class Message : IRequest, IResponse
{
    readonly JObject given;

    public Message(JObject given)
    {
        this.given = given;
        Body = new Body((string)given["body"]);
        Headers = Values(given["headers"], StringComparer.OrdinalIgnoreCase);
        if (given["url"] == null) return;
        Url = new Url((JObject)given["url"]);
        OriginalUrl = new Url((JObject)given["originalUrl"]);
        MatchedParameters = ((JArray)given["matchedParameters"]).ToDictionary(p => (string)p[0], p => (string)p[1]);
    }

    // Pairs of name and value; a name may come more than once.
    public static Dictionary<string, string[]> Values(JToken pairs, StringComparer comparer)
    {
        return pairs.GroupBy(p => (string)p[0], p => (string)p[1], comparer).ToDictionary(g => g.Key, g => g.ToArray(), comparer);
    }

    public IMessageBody Body { get; private set; }
    public IReadOnlyDictionary<string, string[]> Headers { get; private set; }
    public string IpAddress { get { return (string)given["ipAddress"]; } }
    public IReadOnlyDictionary<string, string> MatchedParameters { get; private set; }
    public string Method { get { return (string)given["method"]; } }
    public IUrl OriginalUrl { get; private set; }
    public IUrl Url { get; private set; }
    public int StatusCode { get { return (int)given["statusCode"]; } }
    public string StatusReason { get { return (string)given["statusReason"]; } }
}

class Url : IUrl
{
    readonly JObject given;
    public Url(JObject given)
    {
        this.given = given;
        Query = Message.Values(given["query"], StringComparer.OrdinalIgnoreCase);
    }
    public string Host { get { return (string)given["host"]; } }
    public string Path { get { return (string)given["path"]; } }
    public int Port { get { return (int)given["port"]; } }
    public IReadOnlyDictionary<string, string[]> Query { get; private set; }
    public string QueryString { get { return (string)given["queryString"]; } }
    public string Scheme { get { return (string)given["scheme"]; } }
    public override string ToString() { return (string)given["href"]; }
}

class Body : IMessageBody
{
    readonly string text;
    bool isConsumed;

    public Body(string text) { this.text = text; }

    public T As<T>(bool preserveContent)
    {
        if (isConsumed) throw new InvalidOperationException("The message body was already read.");
        isConsumed = !preserveContent;
        if (typeof(T) == typeof(string)) return (T)(object)text;
        if (typeof(T) == typeof(byte[])) return (T)(object)Encoding.UTF8.GetBytes(text);
        if (typeof(JToken).IsAssignableFrom(typeof(T)))
        {
            var json = Json();
            return json == null || json.Type == JTokenType.Null && !(json is T) ? default(T) : (T)(object)json;
        }
        throw new NotSupportedException(typeof(T).Name);
    }
    // Not documented: nothing for an empty body and for null, else the one value that it is, with or without comments. A name that comes twice:
    // the last.
    JToken Json()
    {
        if (text.Trim() == "") return null;
        using (var reader = new JsonTextReader(new StringReader(text)))
        {
            while (reader.Read() && reader.TokenType == JsonToken.Comment) { }
            var token = JToken.ReadFrom(reader);
            while (reader.Read()) if (reader.TokenType != JsonToken.Comment) throw new JsonReaderException("Additional text");
            return token;
        }
    }
}
