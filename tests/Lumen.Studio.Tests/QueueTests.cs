using System.Text.Json.Nodes;
using Lumen.Studio.Jobs;
using Xunit;

namespace Lumen.Studio.Tests;

/// <summary>Order, restart, and what the history keeps.</summary>
public sealed class QueueTests(TinyModel model) : IClassFixture<TinyModel>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Clients_take_turns_and_each_keeps_its_order()
    {
        var jobs = new[] { ("a", 1), ("a", 2), ("a", 3), ("b", 4), ("b", 5), ("c", 6) }
            .Select(one => new Job($"{one.Item2}", one.Item1, new JobRequest(), DateTimeOffset.UnixEpoch) { Place = one.Item2 })
            .ToList();
        Assert.Equal(["1", "4", "6", "2", "5", "3"], FairOrder.Of(jobs, new Dictionary<string, long>()).Select(job => job.Id));
        var turns = new Dictionary<string, long> { ["a"] = 2, ["b"] = 1 };
        Assert.Equal(["6", "4", "1", "5", "2", "3"], FairOrder.Of(jobs, turns).Select(job => job.Id));
    }

    [Fact]
    public async Task Waiting_jobs_are_reordered_and_all_but_the_running_one_are_stopped()
    {
        await using var studio = await RunningStudio.Start(model);
        var running = await studio.GenerateLong();
        while ((string)(await studio.Get($"/api/jobs/{running}"))["state"]! == "waiting")
            await Task.Delay(5, Stop);
        var (first, second) = (await studio.Generate(new { prompt = "one" }), await studio.Generate(new { prompt = "two" }));
        Assert.Equal([running, first, second], await Ids(studio));
        await studio.PostOk($"/api/jobs/{second}/move", new { before = first });
        Assert.Equal([running, second, first], await Ids(studio));
        var stopped = await studio.PostOk("/api/jobs/stop", new { keep_current = true });
        Assert.Equal(2, (int)stopped["stopped"]!);
        Assert.Equal("running", (string)(await studio.Get($"/api/jobs/{running}"))["state"]!);
        await studio.PostOk("/api/jobs/stop", new { });
        Assert.Equal("stopped", (string)(await studio.End(running))["state"]!);
    }

    [Fact]
    public async Task A_restart_goes_on_with_what_waited_and_marks_what_ran()
    {
        using var folder = new Lumen.Testing.TempFolder();
        var gallery = folder.File("gallery");
        string done,
            running,
            waiting;
        await using (var studio = await RunningStudio.Start(model, gallery: gallery))
        {
            done = await studio.Generate(new { prompt = "first", num_inference_steps = 1 });
            await studio.End(done);
            running = await studio.GenerateLong();
            waiting = await studio.Generate(new { prompt = "after the restart", num_inference_steps = 1 });
            while ((string)(await studio.Get($"/api/jobs/{running}"))["state"]! == "waiting")
                await Task.Delay(5, Stop);
        }
        await using (var again = await RunningStudio.Start(model, gallery: gallery))
        {
            Assert.Equal("done", (string)(await again.End(waiting))["state"]!);
            Assert.Equal("interrupted", (string)(await again.Get($"/api/jobs/{running}"))["state"]!);
            var before = await again.Get($"/api/jobs/{done}");
            Assert.Equal("done", (string)before["state"]!);
            Assert.Single(before["pictures"]!.AsArray());
            var found = await again.Get("/api/pictures?search=restart");
            Assert.Equal("after the restart", (string)Assert.Single(found.AsArray())!["prompt"]!);
        }
    }

    [Fact]
    public async Task One_gallery_is_used_by_one_studio_at_a_time()
    {
        await using var studio = await RunningStudio.Start(model);
        var fault = await Assert.ThrowsAsync<LumenException>(() => RunningStudio.Start(model, gallery: studio.Gallery));
        Assert.Contains("in use", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pictures_are_searched_starred_binned_and_deleted_and_presets_kept()
    {
        await using var studio = await RunningStudio.Start(model);
        foreach (var prompt in new[] { "a street at night", "a street by day 100%" })
            await studio.End(await studio.Generate(new { prompt, num_inference_steps = 1 }));
        var all = (await studio.Get("/api/pictures")).AsArray();
        Assert.Equal(["a street by day 100%", "a street at night"], all.Select(one => (string)one!["prompt"]!));
        Assert.Single((await studio.Get("/api/pictures?search=night%20street")).AsArray());
        Assert.Single((await studio.Get("/api/pictures?search=100%25")).AsArray());
        Assert.Empty((await studio.Get("/api/pictures?search=_")).AsArray());

        var id = (string)all[1]!["id"]!;
        using var starred = await studio.Http.PatchAsync($"/api/pictures/{id}", Json("""{"starred":true}"""), Stop);
        Assert.True(starred.IsSuccessStatusCode);
        Assert.Equal(id, (string)Assert.Single((await studio.Get("/api/pictures?starred=true")).AsArray())!["id"]!);

        using var binned = await studio.Http.DeleteAsync($"/api/pictures/{id}", Stop);
        Assert.Single((await studio.Get("/api/pictures")).AsArray());
        Assert.Single(Directory.GetFiles(Path.Combine(studio.Gallery, "bin")));
        using var back = await studio.Http.PatchAsync($"/api/pictures/{id}", Json("""{"binned":false}"""), Stop);
        Assert.Equal(2, (await studio.Get("/api/pictures")).AsArray().Count);
        using var again = await studio.Http.DeleteAsync($"/api/pictures/{id}", Stop);
        Assert.Equal(1, (int)(await studio.PostOk("/api/pictures/empty-bin", new { }))["deleted"]!);
        Assert.Empty(Directory.GetFiles(Path.Combine(studio.Gallery, "bin")));

        using var saved = await studio.Http.PutAsync("/api/presets/foggy", Json("""{"guidance_scale":5}"""), Stop);
        Assert.True(saved.IsSuccessStatusCode);
        Assert.Equal(5, (int)Assert.Single((await studio.Get("/api/presets")).AsArray())!["settings"]!["guidance_scale"]!);
    }

    [Fact]
    public async Task Layouts_are_drawn_and_edited_into_layouts_of_their_own()
    {
        await using var studio = await RunningStudio.Start(model);
        var reference = await studio.AddReference();
        var layout = await studio.PostOk("/api/layouts", new { reference = (string)reference["id"]! });
        var again = await studio.PostOk("/api/layouts", new { reference = (string)reference["id"]! });
        Assert.Equal((string)layout["id"]!, (string)again["id"]!);
        foreach (var path in new[] { "rgb", "components/1" })
            Assert.NotEmpty(await studio.Http.GetByteArrayAsync($"/api/layouts/{layout["id"]}/{path}", Stop));
        using var missing = await studio.Http.GetAsync($"/api/layouts/{layout["id"]}/components/99", Stop);
        Assert.Equal(404, (int)missing.StatusCode);
        var mirrored = await studio.PostOk($"/api/layouts/{layout["id"]}/edits", new { edit = "mirror" });
        var erased = await studio.PostOk($"/api/layouts/{mirrored["id"]}/edits", new { edit = "erase", region = new[] { 0, 0, 8, 8 } });
        Assert.Equal(2, erased["edits"]!.AsArray().Count);
        var mask = Convert.ToBase64String(Imaging.Picture.Filled(32, 32, 255, 255, 255).ToPng());
        var mixed = await studio.PostOk(
            $"/api/layouts/{erased["id"]}/edits",
            new
            {
                edit = "mix",
                other = (string)layout["id"]!,
                mask,
            }
        );
        Assert.Equal(3, mixed["edits"]!.AsArray().Count);
        Assert.Equal(
            await studio.Http.GetByteArrayAsync($"/api/layouts/{layout["id"]}/rgb", Stop),
            await studio.Http.GetByteArrayAsync($"/api/layouts/{mixed["id"]}/rgb", Stop)
        );
        using var wrong = await studio.Post($"/api/layouts/{layout["id"]}/edits", new { edit = "erase", region = new[] { 0, 0, 800, 8 } });
        Assert.Equal(400, (int)wrong.StatusCode);
        var job = await studio.End(
            await studio.Generate(
                new
                {
                    prompt = "a street",
                    layout = (string)erased["id"]!,
                    num_inference_steps = 1,
                }
            )
        );
        Assert.Equal((string)erased["id"]!, (string)job["pictures"]![0]!["layout"]!);
    }

    [Fact]
    public async Task The_settings_of_a_dropped_picture_are_read()
    {
        await using var studio = await RunningStudio.Start(model);
        var job = await studio.End(
            await studio.Generate(
                new
                {
                    prompt = "a street",
                    num_inference_steps = 2,
                    seed = 5,
                }
            )
        );
        var bytes = await studio.Http.GetByteArrayAsync((string)job["pictures"]![0]!["file"]!, Stop);
        using var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new("image/png");
        using var response = await studio.Http.PostAsync("/api/settings", content, Stop);
        var settings = await RunningStudio.Json(response);
        Assert.Equal(5, (int)settings["lumen"]!["seed"]!);
        Assert.Contains("Steps: 2", (string)settings["parameters"]!, StringComparison.Ordinal);
    }

    private static async Task<IEnumerable<string>> Ids(RunningStudio studio) =>
        (await studio.Get("/api/jobs")).AsArray().Select(job => (string)job!["id"]!);

    private static StringContent Json(string text) => new(text, null, "application/json");
}
