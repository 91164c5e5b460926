using System.Net;
using System.Net.ServerSentEvents;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Lumen.Imaging;
using Lumen.Studio.Runs;
using Lumen.Testing;
using Xunit;

namespace Lumen.Studio.Tests;

/// <summary>Trainings of adapters over HTTP.</summary>
public sealed class TrainingApiTests(TinyModel model) : IClassFixture<TinyModel>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_training_is_measured_first_then_started_followed_and_its_adapter_steers()
    {
        await using var studio = await RunningStudio.Start(model);
        using var created = await studio.Post("/api/trainings", Form("streets", 6));
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal("/api/trainings/streets", created.Headers.Location!.ToString());
        var measured = await End(studio, "streets");
        Assert.True((string)measured["state"]! == "estimated", measured.ToJsonString());
        Assert.True((double)measured["estimate"]!["seconds"]! > 0 && (long)measured["estimate"]!["memory_bytes"]! > 1_000_000);
        Assert.Equal(0, (long)measured["step"]!);
        Assert.Empty(Directory.GetDirectories(Path.Combine(studio.Gallery, "trainings/streets"), "checkpoint-*"));
        Assert.False(Directory.Exists(Path.Combine(studio.Gallery, "trainings/.cache")));

        await studio.PostOk("/api/trainings/streets/start", new { });
        var kinds = new List<string>();
        await using (var stream = await studio.Http.GetStreamAsync("/api/trainings/streets/events", Stop))
            await foreach (var item in SseParser.Create(stream).EnumerateAsync(Stop))
                kinds.Add(item.EventType);
        Assert.Equal("end", kinds[^1]);
        var done = await studio.Get("/api/trainings/streets");
        Assert.True((string)done["state"]! == "done", done.ToJsonString());
        Assert.Equal([3L, 6L], done["points"]!.AsArray().Select(point => (long)point!["step"]!));
        Assert.All(done["points"]!.AsArray(), point => Assert.True((double)point!["figures"]!["layout_agreement"]! is >= -1 and <= 1));
        Assert.Equal([3L, 6L], done["previews"]!.AsArray().Select(step => (long)step!));
        var preview = Picture.Decode(await studio.Http.GetByteArrayAsync("/api/trainings/streets/previews/6", Stop));
        Assert.True(preview.Width > TinyModels.Size && preview.Height > 3 * TinyModels.Size);
        Assert.Equal(["controlnet", "streets"], (await studio.Get("/api/model"))["adapters"]!.AsArray().Select(name => (string)name!));

        var reference = (string)(await studio.AddReference())["id"]!;
        var job = await studio.End(
            await studio.Generate(
                new
                {
                    prompt = "a street",
                    reference,
                    adapter = "streets",
                    num_inference_steps = 1,
                }
            )
        );
        Assert.True((string)job["state"]! == "done", job.ToJsonString());
        using var deleted = await studio.Http.DeleteAsync("/api/trainings/streets", Stop);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.False(Directory.Exists(Path.Combine(studio.Gallery, "trainings/streets")));
    }

    [Fact]
    public async Task Pairs_of_an_enlarged_data_set_are_trained_with_and_others_are_refused()
    {
        using var folder = new TempFolder();
        for (var at = 0; at < 8; at++)
            PngWriter.WriteRgb(folder.File($"sets/photos/{at}.png"), TinyModels.Scene(at, TinyModels.Size, TinyModels.Size));
        await using var studio = await RunningStudio.Start(model, options => options with { Datasets = folder.File("sets") });
        var night = new
        {
            domain = "night",
            prompt = "a street at night",
            weight = 1,
        };
        var job = await studio.PostOk("/api/datasets/photos/augmentations", new { prompts = new[] { night }, num_inference_steps = 1 });
        Assert.Equal("done", (string)(await studio.End((string)job["id"]!))["state"]!);
        var made = Path.GetFileName(Assert.Single(Directory.GetDirectories(Path.Combine(studio.Gallery, "datasets"))));

        foreach (
            var (change, status, names) in new (Action<JsonObject>, int, string)[]
            {
                (form => form["pairs"]!["dataset"] = "photos", 400, "no new pictures"),
                (form => form["pairs"]!["dataset"] = "../photos", 404, "data set"),
                (form => form["pairs"]!["folder"] = "/etc", 400, "folder"),
                (form => form["pairs"]!["share"] = 1.5, 400, "Share"),
                (form => form["pairs"]!["min_agreement"] = -2, 400, "MinAgreement"),
                (form => form["pairs"]!["share"] = 0, 400, "change nothing"),
                (form => form["condition"] = "canny", 400, "canny"),
                (form => form.Remove("dataset"), 400, "draws its scenes"),
            }
        )
        {
            var form = Paired("wrong", made);
            change(form);
            using var refused = await studio.Post("/api/trainings", form);
            var sentence = await RunningStudio.Fault(refused);
            Assert.True(status == (int)refused.StatusCode, sentence);
            Assert.Contains(names, sentence, StringComparison.Ordinal);
        }
        Assert.Empty((await studio.Get("/api/trainings")).AsArray());

        await studio.PostOk("/api/trainings", Paired("paired", made));
        await End(studio, "paired");
        await studio.PostOk("/api/trainings/paired/start", new { });
        var done = await End(studio, "paired");
        Assert.True((string)done["state"]! == "done", done.ToJsonString());
        Assert.Equal(0.5, (double)done["form"]!["pairs"]!["share"]!);
        Assert.Contains(done["notes"]!.AsArray(), note => ((string)note!).StartsWith($"pairs    {made}: ", StringComparison.Ordinal));
        var recipe = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(studio.Gallery, "trainings/paired/recipe.json"), Stop))!;
        var pairs = recipe["layout"]!["pairs"]!;
        Assert.Equal(made, Path.GetFileName((string)pairs["folder"]!));
        Assert.Equal((0.5, -1.0), ((double)pairs["share"]!, (double)pairs["min_agreement"]!));
    }

    [Fact]
    public async Task A_training_can_be_deleted_or_started_as_soon_as_it_is_seen_to_be_over()
    {
        var studio = await RunningStudio.Start(model);
        var over = new TaskCompletionSource();
        var (trainings, starts) = (studio.Server.Trainings, 0);
        trainings.Changed += run =>
        {
            try
            {
                if (run.State == TrainingState.Estimated && starts++ < 2)
                    trainings.Start(run.Name);
                else if (run.State == TrainingState.Done)
                {
                    trainings.Delete(run.Name);
                    over.SetResult();
                }
                else if (!run.IsActive)
                    over.SetException(new InvalidOperationException($"{run.State}: {run.Fault}"));
            }
            catch (Exception error)
            {
                over.SetException(error);
            }
        };
        await studio.PostOk("/api/trainings", Form("brief", 1));
        await over.Task.WaitAsync(TimeSpan.FromMinutes(2), Stop);
        Assert.Empty(Directory.GetDirectories(Path.Combine(studio.Gallery, "trainings"), "brief"));
        await studio.DisposeAsync();
        Assert.Equal(1, starts);
    }

    [Fact]
    public async Task A_stop_saves_a_checkpoint_and_the_adapter_is_that_of_a_run_without_a_stop()
    {
        await using var studio = await RunningStudio.Start(model);
        foreach (var name in new[] { "whole", "halved" })
        {
            await studio.PostOk("/api/trainings", Form(name, 80));
            await End(studio, name);
            await studio.PostOk($"/api/trainings/{name}/start", new { });
            if (name == "halved")
            {
                await Until(studio, name, run => (long)run["step"]! >= 3);
                await studio.PostOk($"/api/trainings/{name}/stop", new { });
                var stopped = await End(studio, name);
                Assert.True((string)stopped["state"]! == "stopped", stopped.ToJsonString());
                Assert.InRange((long)stopped["step"]!, 3, 79);
                Assert.Single(Directory.GetDirectories(Path.Combine(studio.Gallery, "trainings", name), "checkpoint-*"));
                await studio.PostOk($"/api/trainings/{name}/start", new { });
            }
            Assert.Equal("done", (string)(await End(studio, name))["state"]!);
        }
        Assert.Equal(Weights(studio, "whole"), Weights(studio, "halved"));
        var steps = (await studio.Get("/api/trainings/halved"))["points"]!.AsArray().Select(point => (long)point!["step"]!).ToList();
        Assert.Equal(steps.Distinct().Order(), steps);
    }

    [Fact]
    public async Task A_restart_marks_what_was_trained_and_goes_on_with_it()
    {
        using var folder = new TempFolder();
        var gallery = folder.File("gallery");
        await using (var studio = await RunningStudio.Start(model, gallery: gallery))
        {
            await studio.PostOk("/api/trainings", Form("kept", 100_000));
            await End(studio, "kept");
            await studio.PostOk("/api/trainings/kept/start", new { });
            await Until(studio, "kept", run => run["points"]!.AsArray().Count > 1);
        }
        await using var again = await RunningStudio.Start(model, gallery: gallery);
        var found = await again.Get("/api/trainings/kept");
        Assert.True((string)found["state"]! == "interrupted", found.ToJsonString());
        Assert.True((bool)found["can_start"]! && (long)found["step"]! > 0);
        Assert.True(found["points"]!.AsArray().Count > 1);
        await again.PostOk("/api/trainings/kept/start", new { });
        await Until(again, "kept", run => (long)run["step"]! > (long)found["step"]!);
        await again.PostOk("/api/trainings/kept/stop", new { });
        Assert.Equal("stopped", (string)(await End(again, "kept"))["state"]!);
    }

    [Fact]
    public async Task One_training_is_worked_at_at_a_time_and_pictures_are_made_beside_it()
    {
        await using var studio = await RunningStudio.Start(model);
        await studio.PostOk("/api/trainings", Form("first", 100_000));
        using var second = await studio.Post("/api/trainings", Form("second", 4));
        Assert.Equal(429, (int)second.StatusCode);
        await End(studio, "first");
        await studio.PostOk("/api/trainings/first/start", new { });
        using var twice = await studio.Post("/api/trainings/first/start", new { });
        Assert.Equal(429, (int)twice.StatusCode);
        using var deleted = await studio.Http.DeleteAsync("/api/trainings/first", Stop);
        Assert.Equal(400, (int)deleted.StatusCode);
        await Until(studio, "first", run => (string)run["state"]! == "training");
        var job = await studio.End(await studio.Generate(new { prompt = "a street", num_inference_steps = 2 }));
        Assert.Equal("done", (string)job["state"]!);
        await studio.PostOk("/api/trainings/first/stop", new { });
        await End(studio, "first");
        using var same = await studio.Post("/api/trainings", Form("first", 4));
        Assert.Equal(400, (int)same.StatusCode);
    }

    [Theory]
    [InlineData("""{"name":"../away"}""", 400, "name")]
    [InlineData("""{"name":"a/b"}""", 400, "name")]
    [InlineData("""{"name":".cache"}""", 400, "name")]
    [InlineData("""{"name":"Upper"}""", 400, "name")]
    [InlineData("""{"name":""}""", 400, "name")]
    [InlineData("""{"name":"a","dataset":"../secret"}""", 404, "data set")]
    [InlineData("""{"name":"a","dataset":"/etc"}""", 404, "data set")]
    [InlineData("""{"name":"a","dataset":"outside"}""", 404, "data set")]
    [InlineData("""{"name":"a","data":{"folder":"/etc"}}""", 400, "data")]
    [InlineData("""{"name":"a","folder":"/etc"}""", 400, "folder")]
    [InlineData("""{"name":"a","output_dir":"/tmp"}""", 400, "output_dir")]
    [InlineData("""{"name":"a","initialise_from":"/etc"}""", 400, "initialise_from")]
    [InlineData("""{"name":"a","max_train_steps":100001}""", 429, "100000")]
    [InlineData("""{"name":"a","resolution":100000}""", 429, "1024")]
    [InlineData("""{"name":"a","scenes":9000000}""", 400, "Scenes")]
    [InlineData("""{"name":"a","train_batch_size":100000}""", 400, "TrainBatchSize")]
    [InlineData("""{"name":"a","learning_rate":-1}""", 400, "learning_rate")]
    [InlineData("""{"name":"a","condition":"../x"}""", 400, "condition")]
    public async Task What_cannot_be_trained_is_refused_with_a_sentence_and_leaves_nothing(string body, int status, string names)
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.File("secret"));
        Directory.CreateDirectory(folder.File("sets"));
        Directory.CreateSymbolicLink(folder.File("sets/outside"), folder.File("secret"));
        await using var studio = await RunningStudio.Start(model, options => options with { Datasets = folder.File("sets") });
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await studio.Http.PostAsync("/api/trainings", content, Stop);
        var sentence = await RunningStudio.Fault(response);
        Assert.True(status == (int)response.StatusCode, sentence);
        Assert.Contains(names, sentence, StringComparison.OrdinalIgnoreCase);
        Assert.Empty((await studio.Get("/api/trainings")).AsArray());
        Assert.False(Directory.Exists(Path.Combine(studio.Gallery, "trainings")));
    }

    [Fact]
    public async Task A_recipe_that_the_model_refuses_fails_with_the_librarys_sentence()
    {
        await using var studio = await RunningStudio.Start(model);
        var form = Form("wrong", 4);
        form["layer"] = "up_blocks[9]";
        await studio.PostOk("/api/trainings", form);
        var failed = await End(studio, "wrong");
        Assert.Equal("failed", (string)failed["state"]!);
        Assert.Contains("up_blocks[9]", (string)failed["fault"]!, StringComparison.Ordinal);
        await studio.PostOk("/api/trainings/wrong/start", new { });
        Assert.Equal("failed", (string)(await End(studio, "wrong"))["state"]!);
    }

    [Fact]
    public async Task Nothing_outside_the_trainings_is_served_deleted_or_offered_as_an_adapter()
    {
        await using var studio = await RunningStudio.Start(model);
        var outside = Path.Combine(Path.GetDirectoryName(studio.Gallery)!, "outside");
        Directory.CreateDirectory(Path.Combine(outside, "previews"));
        await File.WriteAllTextAsync(Path.Combine(outside, "previews", "000001.png"), "secret", Stop);
        TinyModels.WriteAdapter(Path.Combine(outside, "controlnet"), model.Path);
        Directory.CreateDirectory(Path.Combine(studio.Gallery, "trainings"));
        Directory.CreateSymbolicLink(Path.Combine(studio.Gallery, "trainings", "linked"), outside);
        foreach (var name in new[] { "linked", "..%2F..%2Foutside", "..", ".cache" })
        {
            using var preview = await studio.Http.GetAsync($"/api/trainings/{name}/previews/1", Stop);
            Assert.Equal(404, (int)preview.StatusCode);
            using var deleted = await studio.Http.DeleteAsync($"/api/trainings/{name}", Stop);
            Assert.True((int)deleted.StatusCode is 404 or 405);
        }
        Assert.DoesNotContain("linked", (await studio.Get("/api/model"))["adapters"]!.AsArray().Select(name => (string)name!));
        Assert.True(File.Exists(Path.Combine(outside, "previews", "000001.png")));
    }

    private static JsonObject Form(string name, long steps) =>
        new()
        {
            ["name"] = name,
            ["scenes"] = 16,
            ["components"] = TinyModels.Components,
            ["fit_pictures"] = 8,
            ["max_train_steps"] = steps,
            ["train_batch_size"] = 2,
            ["lr_warmup_steps"] = 2,
            ["checkpointing_steps"] = 40,
            ["validation_steps"] = 3,
        };

    private static JsonObject Paired(string name, string made)
    {
        var form = Form(name, 3);
        form["dataset"] = "photos";
        form["pairs"] = new JsonObject
        {
            ["dataset"] = made,
            ["share"] = 0.5,
            ["min_agreement"] = -1,
        };
        return form;
    }

    private static Task<JsonNode> End(RunningStudio studio, string name) =>
        Until(studio, name, run => (string)run["state"]! is not ("estimating" or "preparing" or "training"));

    private static async Task<JsonNode> Until(RunningStudio studio, string name, Func<JsonNode, bool> isThere)
    {
        for (var i = 0; i < 6000; i++)
        {
            var run = await studio.Get($"/api/trainings/{name}");
            if (isThere(run))
                return run;
            Assert.True((string)run["state"]! is not "failed", run.ToJsonString());
            await Task.Delay(20, Stop);
        }
        throw new TimeoutException($"The training {name} did not get there within two minutes.");
    }

    private static string Weights(RunningStudio studio, string name) =>
        Convert.ToHexStringLower(
            SHA256.HashData(
                File.ReadAllBytes(Path.Combine(studio.Gallery, "trainings", name, "controlnet", "diffusion_pytorch_model.safetensors"))
            )
        );
}
