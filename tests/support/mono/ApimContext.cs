// The `context` of API Management's policy expressions for a C# compiler: the surface that the documentation lists, made from plain values.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

public interface IContext
{
    IApi Api { get; }
    IDeployment Deployment { get; }
    TimeSpan Elapsed { get; }
    ILastError LastError { get; }
    IOperation Operation { get; }
    IProduct Product { get; }
    IRequest Request { get; }
    Guid RequestId { get; }
    IResponse Response { get; }
    ISubscription Subscription { get; }
    DateTime Timestamp { get; }
    bool Tracing { get; }
    IUser User { get; }
    IReadOnlyDictionary<string, object> Variables { get; }
    void Trace(string message);
}

public interface IApi
{
    string Id { get; }
    bool IsCurrentRevision { get; }
    string Name { get; }
    string Path { get; }
    string Revision { get; }
    IUrl ServiceUrl { get; }
    string Version { get; }
}

public interface IDeployment
{
    string GatewayId { get; }
    string Region { get; }
    string ServiceId { get; }
    string ServiceName { get; }
}

public interface ILastError
{
    string Source { get; }
    string Reason { get; }
    string Message { get; }
    string Scope { get; }
    string Section { get; }
    string Path { get; }
    string PolicyId { get; }
}

public interface IOperation
{
    string Id { get; }
    string Method { get; }
    string Name { get; }
    string UrlTemplate { get; }
}

public interface IProduct
{
    bool ApprovalRequired { get; }
    string Id { get; }
    string Name { get; }
    bool SubscriptionRequired { get; }
    int? SubscriptionsLimit { get; }
}

public interface IRequest
{
    IMessageBody Body { get; }
    IReadOnlyDictionary<string, string[]> Headers { get; }
    string IpAddress { get; }
    IReadOnlyDictionary<string, string> MatchedParameters { get; }
    string Method { get; }
    IUrl OriginalUrl { get; }
    IUrl Url { get; }
}

public interface IResponse
{
    IMessageBody Body { get; }
    IReadOnlyDictionary<string, string[]> Headers { get; }
    int StatusCode { get; }
    string StatusReason { get; }
}

public interface ISubscription
{
    DateTime CreatedDate { get; }
    DateTime? EndDate { get; }
    string Id { get; }
    string Key { get; }
    string Name { get; }
    string PrimaryKey { get; }
    string SecondaryKey { get; }
    DateTime? StartDate { get; }
}

public interface IUser
{
    string Email { get; }
    string FirstName { get; }
    string Id { get; }
    string LastName { get; }
    string Note { get; }
    DateTime RegistrationDate { get; }
}

public interface IUrl
{
    string Host { get; }
    string Path { get; }
    int Port { get; }
    IReadOnlyDictionary<string, string[]> Query { get; }
    string QueryString { get; }
    string Scheme { get; }
}

public interface IMessageBody
{
    T As<T>(bool preserveContent = false);
}

// What validate-azure-ad-token and validate-jwt leave in their output variable.
public abstract class Jwt
{
    public abstract string Algorithm { get; }
    public abstract IEnumerable<string> Audiences { get; }
    public abstract IReadOnlyDictionary<string, string[]> Claims { get; }
    public abstract DateTime? ExpirationTime { get; }
    public abstract string Id { get; }
    public abstract string Issuer { get; }
    public abstract DateTime? NotBefore { get; }
    public abstract string Subject { get; }
    public abstract string Type { get; }
}

public static class PolicyExtensions
{
    public static string GetValueOrDefault(this IReadOnlyDictionary<string, string[]> values, string name, string otherwise = null)
    {
        string[] found;
        return values.TryGetValue(name, out found) ? string.Join(",", found) : otherwise;
    }

    public static string GetValueOrDefault(this IReadOnlyDictionary<string, string> values, string name, string otherwise = null)
    {
        string found;
        return values.TryGetValue(name, out found) ? found : otherwise;
    }

    public static T GetValueOrDefault<T>(this IReadOnlyDictionary<string, object> variables, string name)
    {
        return variables.GetValueOrDefault(name, default(T));
    }

    // Of another type than T: InvalidCastException, as documented.
    public static T GetValueOrDefault<T>(this IReadOnlyDictionary<string, object> variables, string name, T otherwise)
    {
        object found;
        return variables.TryGetValue(name, out found) ? (T)found : otherwise;
    }

    // Newer Newtonsoft.Json has it as a method of JObject.
    public static bool ContainsKey(this JObject self, string name)
    {
        return self.Property(name) != null;
    }
}

// What the class library of mono does otherwise than .NET Framework, and what a test needs to stand still.
public static class Framework
{
    public static long Now;

    public static DateTimeOffset OffsetUtcNow
    {
        get { return new DateTimeOffset(621355968000000000L + Now * 10000L, TimeSpan.Zero); }
    }

    public static DateTime UtcNow
    {
        get { return new DateTime(621355968000000000L + Now * 10000L, DateTimeKind.Utc); }
    }

    // Guid.GetHashCode: the first four bytes, the next four, and bytes 10 and 15.
    public static int HashOf(Guid id)
    {
        var b = id.ToByteArray();
        return BitConverter.ToInt32(b, 0) ^ ((BitConverter.ToInt16(b, 4) << 16) | (ushort)BitConverter.ToInt16(b, 6)) ^ ((b[10] << 24) | b[15]);
    }
}
