using Lumen.Studio.Safety;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Lumen.Studio.Tests;

/// <summary>The guard of a studio that others reach: <c>--listen 192.168.1.5</c>.</summary>
public sealed class RemoteGuardTests
{
    private const string Token = "0123456789abcdef-token";
    private static readonly StudioAccess Access = new(
        new StudioOptions
        {
            Model = "model",
            Gallery = "gallery",
            Listen = "192.168.1.5",
            Port = 7117,
            Token = Token,
        }
    );

    [Theory]
    [InlineData("GET", "/")]
    [InlineData("GET", "/api/session")]
    [InlineData("GET", "/openapi/v1.json")]
    [InlineData("GET", "/studio.css")]
    [InlineData("POST", "/_blazor/negotiate")]
    [InlineData("POST", "/api/generations")]
    public async Task Nothing_is_answered_without_the_token(string method, string path)
    {
        Assert.Equal(401, (await Send(method, path)).Status);
        Assert.Equal(401, (await Send(method, path, ("Authorization", "Bearer wrong"))).Status);
        Assert.Equal(401, (await Send(method, path, ("Cookie", $"{StudioAccess.TokenCookie}=wrong"))).Status);
        Assert.Equal(401, (await Send(method, path, ("X-Lumen-Token", Access.AntiForgeryToken))).Status);
    }

    [Fact]
    public async Task Programs_are_let_in_by_the_header()
    {
        Assert.Equal(200, (await Send("GET", "/api/jobs", ("Authorization", $"Bearer {Token}"))).Status);
        var post = await Send("POST", "/api/generations", ("Authorization", $"Bearer {Token}"), ("Content-Type", "application/json"));
        Assert.Equal(200, post.Status);
    }

    [Fact]
    public async Task A_person_opens_the_address_with_the_token_once_and_the_page_changes_things_with_both_tokens()
    {
        var opened = await Send("GET", "/?token=" + Token);
        Assert.Equal(302, opened.Status);
        Assert.Contains("httponly", opened.Cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", opened.Cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(401, (await Send("GET", "/?token=wrong")).Status);
        var cookie = ("Cookie", $"{StudioAccess.TokenCookie}={Token}");
        Assert.Equal(200, (await Send("GET", "/api/jobs", cookie)).Status);
        // A cookie alone changes nothing: browsers send it without being asked.
        Assert.Equal(403, (await Send("POST", "/api/generations", cookie, ("Content-Type", "application/json"))).Status);
        var both = await Send(
            "POST",
            "/api/generations",
            cookie,
            ("Content-Type", "application/json"),
            ("X-Lumen-Token", Access.AntiForgeryToken)
        );
        Assert.Equal(200, both.Status);
    }

    private static async Task<(int Status, string Cookie)> Send(string method, string path, params (string Name, string Value)[] headers)
    {
        var context = new DefaultHttpContext
        {
            RequestServices = new ServiceCollection().AddLogging().AddProblemDetails().BuildServiceProvider(),
        };
        var parts = path.Split('?');
        (context.Request.Method, context.Request.Path) = (method, parts[0]);
        context.Request.QueryString = new(parts.Length > 1 ? "?" + parts[1] : "");
        context.Request.Host = new("192.168.1.5", 7117);
        foreach (var (name, value) in headers)
            context.Request.Headers[name] = value;
        await new RequestGuard(_ => Task.CompletedTask, Access).InvokeAsync(context);
        return (context.Response.StatusCode, context.Response.Headers.SetCookie.ToString());
    }
}
