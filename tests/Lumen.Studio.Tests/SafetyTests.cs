using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Lumen.Imaging;
using Xunit;

namespace Lumen.Studio.Tests;

/// <summary>What the studio refuses, and from whom.</summary>
public sealed class SafetyTests(TinyModel model) : IClassFixture<TinyModel>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("attacker.example", 403)]
    [InlineData("127.0.0.1.attacker.example", 403)]
    [InlineData("localhost.attacker.example", 403)]
    [InlineData("10.0.0.1", 403)]
    [InlineData("localhost", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("[::1]", 200)]
    public async Task Only_hosts_on_the_list_are_answered(string host, int status)
    {
        await using var studio = await RunningStudio.Start(model);
        foreach (var path in new[] { "/", "/api/session", "/openapi/v1.json" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Host = host;
            // As a rebound page has it: Origin equals Host.
            if (status == 403)
                request.Headers.Add("Origin", $"http://{host}");
            using var response = await studio.Http.SendAsync(request, Stop);
            Assert.Equal(status, (int)response.StatusCode);
        }
    }

    [Theory]
    [InlineData("https://attacker.example")]
    [InlineData("http://localhost:1")]
    [InlineData("null")]
    [InlineData("file://")]
    public async Task Other_origins_are_refused(string origin)
    {
        await using var studio = await RunningStudio.Start(model);
        foreach (var (method, path) in new[] { ("GET", "/api/session"), ("POST", "/api/generations"), ("GET", "/_blazor") })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            request.Headers.Add("Origin", origin);
            if (method == "POST")
                request.Content = new StringContent("""{"prompt":"a"}""", Encoding.UTF8, "application/json");
            using var response = await studio.Http.SendAsync(request, Stop);
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        }
        Assert.Empty((await studio.Get("/api/jobs")).AsArray());
    }

    [Fact]
    public async Task The_own_origin_with_the_anti_forgery_token_is_let_in()
    {
        await using var studio = await RunningStudio.Start(model);
        studio.Http.DefaultRequestHeaders.Authorization = null;
        var token = (string)(await studio.Get("/api/session"))["token"]!;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/generations");
        request.Headers.Add("Origin", studio.Server.Address);
        request.Headers.Add("X-Lumen-Token", token);
        request.Content = new StringContent("""{"prompt":"a street","num_inference_steps":1}""", Encoding.UTF8, "application/json");
        using var response = await studio.Http.SendAsync(request, Stop);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
    }

    [Theory]
    [InlineData("application/json", "", 403)]
    [InlineData("application/json", "wrong", 403)]
    [InlineData("text/plain", "", 403)]
    [InlineData("text/plain", "right", 415)]
    [InlineData("application/x-www-form-urlencoded", "right", 415)]
    [InlineData("multipart/form-data; boundary=a", "right", 415)]
    public async Task What_changes_something_needs_the_content_type_and_a_token(string type, string token, int status)
    {
        await using var studio = await RunningStudio.Start(model);
        studio.Http.DefaultRequestHeaders.Authorization = null;
        if (token == "right")
            token = (string)(await studio.Get("/api/session"))["token"]!;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/generations");
        if (token.Length > 0)
            request.Headers.Add("X-Lumen-Token", token);
        request.Content = new StringContent("""{"prompt":"a"}""");
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        using var response = await studio.Http.SendAsync(request, Stop);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Empty((await studio.Get("/api/jobs")).AsArray());
    }

    [Fact]
    public async Task Where_others_reach_the_studio_nothing_is_answered_without_the_token()
    {
        // The machine's second loopback address stands for any other: the guard only looks at what was named.
        await using var studio = await RunningStudio.Start(model, options => options with { Listen = "::1", Token = "0123456789abcdef" });
        Assert.StartsWith("http://[::1]:", studio.Server.Page, StringComparison.Ordinal);
        var access = new Safety.StudioAccess(studio.Options with { Listen = "192.168.1.5" });
        Assert.False(access.IsLoopback);
        Assert.True(access.Knows(new("192.168.1.5:80")));
        Assert.False(access.Knows(new("192.168.1.6:80")));
    }

    [Theory]
    [InlineData("0.0.0.0", "Listen")]
    [InlineData("::", "Listen")]
    [InlineData("studio.example", "Listen")]
    public async Task An_address_that_stands_for_all_is_refused(string listen, string names)
    {
        var fault = await Assert.ThrowsAsync<LumenException>(() => RunningStudio.Start(model, options => options with { Listen = listen }));
        Assert.Equal(names, fault.Property);
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_refused_at_the_start()
    {
        foreach (
            var (start, names) in new (Func<StudioOptions, StudioOptions>, string)[]
            {
                (options => options with { Datasets = "/nowhere" }, "Datasets"),
                (options => options with { Adapters = "/nowhere" }, "Adapters"),
            }
        )
        {
            var fault = await Assert.ThrowsAsync<LumenException>(() => RunningStudio.Start(model, start));
            Assert.Equal(names, fault.Property);
        }
    }

    [Fact]
    public async Task Uploads_are_bounded_in_bytes_and_pixels_and_must_be_pictures()
    {
        await using var studio = await RunningStudio.Start(
            model,
            options =>
                options with
                {
                    Limits = new() { UploadBytes = 20_000, UploadPixels = 64 * 64 },
                }
        );
        await Refused(new byte[30_000], 429, "");
        await Refused(Picture.Filled(65, 64, 1, 2, 3).ToPng(), 429, "65 x 64");
        await Refused("not a picture"u8.ToArray(), 400, "The file that was sent is not a picture");
        await Refused([], 400, "empty");
        await Refused(Picture.Filled(64, 64, 1, 2, 3).ToPng()[..100], 400, "");
        Assert.Empty(Directory.GetFiles(Path.Combine(studio.Gallery, "uploads")));
        Assert.Empty(Directory.GetFiles(Path.Combine(studio.Gallery, "references")));

        async Task Refused(byte[] bytes, int status, string words)
        {
            using var content = new ByteArrayContent(bytes);
            content.Headers.ContentType = new("image/png");
            using var response = await studio.Http.PostAsync("/api/references", content, Stop);
            Assert.Equal(status, (int)response.StatusCode);
            var sentence = await RunningStudio.Fault(response);
            Assert.Contains(words, sentence, StringComparison.Ordinal);
            Assert.DoesNotContain(studio.Gallery, sentence, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("POST", "/api/generations", 9 << 20)]
    [InlineData("POST", "/api/trainings", 9 << 20)]
    [InlineData("PUT", "/api/presets/large", 30_000)]
    public async Task Bodies_are_bounded_also_where_nobody_says_how_long_they_are(string method, string path, int length)
    {
        await using var studio = await RunningStudio.Start(model);
        foreach (var isChunked in new[] { false, true })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            request.Headers.TransferEncodingChunked = isChunked;
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes($"{{\"prompt\":\"{new string('a', length)}\"}}"));
            request.Content.Headers.ContentType = new("application/json");
            using var response = await studio.Http.SendAsync(request, Stop);
            Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
            Assert.Contains("bytes", await RunningStudio.Fault(response), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("GET", "/api/nothing", 404)]
    [InlineData("GET", "/api/layouts/0123456789abcdef/components/99999999999999", 404)]
    [InlineData("GET", "/api/pictures?count=999999999999", 400)]
    [InlineData("GET", "/api/models/info", 400)]
    [InlineData("DELETE", "/api/session", 405)]
    public async Task Every_refusal_has_a_sentence(string method, string path, int status)
    {
        await using var studio = await RunningStudio.Start(model);
        using var request = new HttpRequestMessage(new HttpMethod(method), path)
        {
            Content = method == "GET" ? null : new StringContent("{}", Encoding.UTF8, "application/json"),
        };
        using var response = await studio.Http.SendAsync(request, Stop);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.EndsWith(".", (await RunningStudio.Fault(response)).Replace("json", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_several_clients_delete_at_once_is_there_or_not_and_never_a_fault_of_the_studio()
    {
        await using var studio = await RunningStudio.Start(model);
        var picture = (await studio.End(await studio.Generate(new { prompt = "a street", num_inference_steps = 1 })))["pictures"]![0]![
            "id"
        ]!;
        var statuses = await Task.WhenAll(Enumerable.Range(0, 160).Select(Ask));
        Assert.All(statuses, status => Assert.True(status is 200 or 204 or 404, $"Answered with {status}."));
        Assert.Empty(studio.Log);

        async Task<int> Ask(int i)
        {
            using var response = await (
                (i % 4) switch
                {
                    0 => studio.Http.PutAsync("/api/presets/one", new StringContent("{}", Encoding.UTF8, "application/json"), Stop),
                    1 => studio.Http.DeleteAsync("/api/presets/one", Stop),
                    2 => studio.Http.GetAsync($"/api/pictures/{picture}/settings", Stop),
                    _ => i < 80
                        ? studio.Http.DeleteAsync($"/api/pictures/{picture}", Stop)
                        : studio.Post("/api/pictures/empty-bin", new { }),
                }
            );
            return (int)response.StatusCode;
        }
    }

    [Fact]
    public async Task A_full_queue_answers_429_with_a_sentence()
    {
        await using var studio = await RunningStudio.Start(model, options => options with { Limits = new() { WaitingJobs = 3 } });
        var answers = new List<HttpStatusCode>();
        string? sentence = null;
        for (var i = 0; i < 8; i++)
        {
            using var response = await studio.Post(
                "/api/generations",
                new
                {
                    prompt = "a",
                    num_inference_steps = 200,
                    num_images_per_prompt = 64,
                }
            );
            answers.Add(response.StatusCode);
            if (response.StatusCode == HttpStatusCode.TooManyRequests)
                sentence ??= await RunningStudio.Fault(response);
        }
        Assert.Contains(HttpStatusCode.Created, answers);
        Assert.Contains("3 jobs wait", sentence, StringComparison.Ordinal);
        var stopped = await studio.PostOk("/api/jobs/stop", new { keep_current = false });
        Assert.True((int)stopped["stopped"]! >= 3);
    }

    [Fact]
    public async Task Links_that_lead_out_of_the_gallery_are_not_followed()
    {
        await using var studio = await RunningStudio.Start(model);
        var reference = await studio.AddReference();
        var file = Path.Combine(studio.Gallery, "references", $"{reference["id"]}.png");
        File.Delete(file);
        var secret = Path.Combine(Path.GetDirectoryName(studio.Gallery)!, "secret.png");
        Picture.Filled(8, 8, 1, 2, 3).Save(secret);
        File.CreateSymbolicLink(file, secret);
        using var response = await studio.Http.GetAsync($"/api/references/{reference["id"]}/file", Stop);
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
    }

    [Fact]
    public async Task Answers_forbid_frames_foreign_scripts_and_guessing_of_types()
    {
        await using var studio = await RunningStudio.Start(model);
        using var response = await studio.Http.GetAsync("/", Stop);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Contains("script-src 'self'", response.Headers.GetValues("Content-Security-Policy").First(), StringComparison.Ordinal);
        Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
        Assert.False(response.Headers.Contains("Server"));
    }

    [Fact]
    public async Task The_log_holds_no_prompts()
    {
        await using var studio = await RunningStudio.Start(model);
        var id = await studio.Generate(new { prompt = "a secret street", num_inference_steps = 1 });
        await studio.End(id);
        Assert.DoesNotContain(studio.Log, line => line.Contains("secret", StringComparison.Ordinal));
    }
}
