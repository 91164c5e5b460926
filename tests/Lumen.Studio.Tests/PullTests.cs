using System.Text.Json.Nodes;
using Lumen.Testing;
using Xunit;

namespace Lumen.Studio.Tests;

/// <summary>Models of the hub; no connection is opened here.</summary>
public sealed class PullTests(TinyModel model) : IClassFixture<TinyModel>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_cannot_be_fetched_is_a_sentence_and_the_studio_goes_on()
    {
        using var folder = new TempFolder();
        await using var studio = await RunningStudio.Start(
            model,
            options =>
                options with
                {
                    Hub = new() { CacheFolder = folder.File("hub"), IsOffline = true },
                }
        );
        foreach (var id in new[] { "", "../../etc", "/etc/passwd", "http://attacker.example/x", "a/b/c", "a/../b" })
        {
            using var refused = await studio.Post("/api/models/pulls", new { id });
            Assert.Equal(400, (int)refused.StatusCode);
            using var unknown = await studio.Http.GetAsync($"/api/models/info?id={Uri.EscapeDataString(id)}", Stop);
            Assert.Equal(400, (int)unknown.StatusCode);
        }
        using var foreign = await studio.Post("/api/models/pulls", new { id = "org/name", endpoint = "http://attacker.example" });
        Assert.Equal(400, (int)foreign.StatusCode);
        using var absent = await studio.Http.GetAsync("/api/models/info?id=org/name", Stop);
        Assert.Equal(404, (int)absent.StatusCode);
        using var created = await studio.Post("/api/models/pulls", new { id = "org/name" });
        Assert.Equal(201, (int)created.StatusCode);
        JsonNode pull;
        while ((string)(pull = await studio.Get("/api/models/pulls"))["state"]! == "running")
            await Task.Delay(10, Stop);
        Assert.Equal("failed", (string)pull["state"]!);
        Assert.Contains("connections are switched off", (string)pull["fault"]!, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("etc")));
    }

    [Fact]
    public async Task A_studio_without_a_hub_fetches_nothing()
    {
        await using var studio = await RunningStudio.Start(model);
        using var refused = await studio.Post("/api/models/pulls", new { id = "org/name" });
        Assert.Equal(400, (int)refused.StatusCode);
        using var none = await studio.Http.GetAsync("/api/models/pulls", Stop);
        Assert.Equal(204, (int)none.StatusCode);
    }
}
