using System.Net.Http.Json;
using Lumen.Generation;
using Xunit;

namespace Lumen.Studio.Tests;

/// <summary>Jobs of several clients that are computed together.</summary>
public sealed class SharedJobsTests(TinyModel model) : IClassFixture<TinyModel>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Jobs_that_share_a_round_give_the_bytes_that_they_give_alone_and_keep_their_own_reference()
    {
        await using var studio = await RunningStudio.Start(model);
        await studio.Server.ModelOpened;
        var references = new[] { await studio.AddReference(0), await studio.AddReference(1) }.Select(one => (string)one["id"]!).ToArray();
        var blocker = await studio.GenerateLong();
        var ids = new List<string>();
        for (var i = 0; i < 6; i++)
            ids.Add(await Post(studio, i, i < 4 ? references[i % 2] : null, i == 5 ? "fog" : ""));
        await studio.Http.DeleteAsync($"/api/jobs/{blocker}", Stop);
        await using var pipeline = await LumenPipeline.OpenAsync(model.Path, studio.Options.Pipeline, stop: Stop);
        foreach (var (i, id) in ids.Index())
        {
            var job = await studio.End(id);
            Assert.True((string)job["state"]! == "done", job.ToJsonString());
            var bytes = await studio.Http.GetByteArrayAsync((string)job["pictures"]![0]!["file"]!, Stop);
            var request = new LumenRequest(Prompt(i)) { Reference = i < 4 ? Testing.TinyModels.Scene(i % 2) : null };
            var options = new GenerationOptions
            {
                NumInferenceSteps = 6,
                Seed = (ulong)i + 1,
                NegativePrompt = i == 5 ? "fog" : "",
            };
            await foreach (var picture in pipeline.GenerateAsync(request, options, stop: Stop))
                Assert.Equal(picture.ToPng(), bytes);
        }
    }

    [Fact]
    public async Task A_job_that_is_stopped_is_over_at_once_and_costs_those_computed_with_it_nothing()
    {
        await using var studio = await RunningStudio.Start(model);
        await studio.Server.ModelOpened;
        var blocker = await studio.GenerateLong();
        var (first, second) = (await Post(studio, 0, null, "", 150), await Post(studio, 1, null, "", 150));
        await studio.Http.DeleteAsync($"/api/jobs/{blocker}", Stop);
        while ((int)(await studio.Get($"/api/jobs/{first}"))["done"]! == 0)
            await Task.Delay(5, Stop);
        Assert.Equal("running", (string)(await studio.Get($"/api/jobs/{second}"))["state"]!);
        await studio.Http.DeleteAsync($"/api/jobs/{first}", Stop);
        Assert.Equal("stopped", (string)(await studio.Get($"/api/jobs/{first}"))["state"]!);
        var end = await studio.End(second);
        Assert.Equal("done", (string)end["state"]!);
        Assert.Single(end["pictures"]!.AsArray());
        Assert.Empty((await studio.Get($"/api/jobs/{first}"))["pictures"]!.AsArray());
    }

    [Fact]
    public async Task A_job_that_fails_costs_those_computed_with_it_nothing()
    {
        await using var studio = await RunningStudio.Start(model);
        await studio.Server.ModelOpened;
        var reference = (string)(await studio.AddReference())["id"]!;
        var blocker = await studio.GenerateLong();
        var (broken, whole) = (await Post(studio, 0, reference, ""), await Post(studio, 1, null, ""));
        File.Delete(Path.Combine(studio.Gallery, "references", $"{reference}.png"));
        await studio.Http.DeleteAsync($"/api/jobs/{blocker}", Stop);
        Assert.Equal("done", (string)(await studio.End(whole))["state"]!);
        Assert.Equal("failed", (string)(await studio.End(broken))["state"]!);
    }

    private static string Prompt(int number) => number % 2 == 0 ? "a street by day" : "a street at night";

    private static async Task<string> Post(RunningStudio studio, int number, string? reference, string negative, int steps = 6)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/generations")
        {
            Content = JsonContent.Create(
                new
                {
                    prompt = Prompt(number),
                    negative_prompt = negative,
                    reference,
                    num_inference_steps = steps,
                    seed = number + 1,
                }
            ),
        };
        request.Headers.Add("X-Lumen-Client", $"client-{number}");
        using var response = await studio.Http.SendAsync(request, Stop);
        return (string)(await RunningStudio.Json(response))["id"]!;
    }
}
