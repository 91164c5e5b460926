using System.IO.Compression;
using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Testing;
using Xunit;

namespace Lumen.Studio.Tests;

/// <summary>From a reference to pictures over HTTP.</summary>
public sealed class GenerationApiTests(TinyModel model) : IClassFixture<TinyModel>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reference_becomes_a_layout_and_pictures_that_are_files_with_their_settings()
    {
        await using var studio = await RunningStudio.Start(model);
        var reference = await studio.AddReference();
        using var created = await studio.Post("/api/layouts", new { reference = (string)reference["id"]! });
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        var layout = await RunningStudio.Json(created);

        using var response = await studio.Post(
            "/api/generations",
            new
            {
                prompt = "a street at night",
                layout = (string)layout["id"]!,
                reference = (string)reference["id"]!,
                num_inference_steps = 3,
                num_images_per_prompt = 2,
                seed = 7,
            }
        );
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var job = await RunningStudio.Json(response);
        Assert.Equal($"/api/jobs/{job["id"]}", response.Headers.Location!.ToString());

        var end = await studio.End((string)job["id"]!);
        Assert.Equal("done", (string)end["state"]!);
        Assert.Equal(2, end["pictures"]!.AsArray().Count);
        var files = Directory.GetFiles(Path.Combine(studio.Gallery, "pictures"), "*.png", SearchOption.AllDirectories);
        Assert.Equal(2, files.Length);
        var record = GenerationRecord.OfFile(files[0])!;
        Assert.Equal("a street at night", record.Prompt);
        Assert.Equal(3, record.Options.NumInferenceSteps);
        Assert.Equal(7UL, record.Options.Seed);

        var bytes = await studio.Http.GetByteArrayAsync((string)end["pictures"]![0]!["file"]!, Stop);
        Assert.Equal(TinyModels.Size, Picture.Decode(bytes).Width);
        var agreement = await studio.Http.GetByteArrayAsync($"/api/pictures/{end["pictures"]![0]!["id"]}/agreement", Stop);
        Assert.Equal(TinyModels.Size, Picture.Decode(agreement).Width);
    }

    [Fact]
    public async Task The_pictures_are_those_of_the_facade()
    {
        await using var studio = await RunningStudio.Start(model);
        var reference = await studio.AddReference();
        var id = await studio.Generate(
            new
            {
                prompt = "a street by day",
                reference = (string)reference["id"]!,
                num_inference_steps = 4,
                seed = 11,
            }
        );
        var job = await studio.End(id);
        var bytes = await studio.Http.GetByteArrayAsync((string)job["pictures"]![0]!["file"]!, Stop);

        await using var pipeline = await LumenPipeline.OpenAsync(model.Path, studio.Options.Pipeline, stop: Stop);
        var pictures = pipeline.GenerateAsync(
            new LumenRequest("a street by day") { Reference = TinyModels.Scene(0) },
            new GenerationOptions { NumInferenceSteps = 4, Seed = 11 },
            stop: Stop
        );
        await foreach (var picture in pictures)
            Assert.Equal(picture.ToPng(), bytes);
    }

    [Fact]
    public async Task Jobs_that_are_computed_at_once_give_the_same_bytes_as_alone()
    {
        await using var studio = await RunningStudio.Start(model, options => options with { Lanes = 2 });
        var ids = new List<string>();
        for (var seed = 1; seed <= 6; seed++)
            ids.Add(
                await studio.Generate(
                    new
                    {
                        prompt = "a street by day",
                        num_inference_steps = 12,
                        seed,
                    }
                )
            );
        await using var pipeline = await LumenPipeline.OpenAsync(model.Path, studio.Options.Pipeline, stop: Stop);
        foreach (var (index, id) in ids.Index())
        {
            var job = await studio.End(id);
            var bytes = await studio.Http.GetByteArrayAsync((string)job["pictures"]![0]!["file"]!, Stop);
            var options = new GenerationOptions { NumInferenceSteps = 12, Seed = (ulong)index + 1 };
            await foreach (var picture in pipeline.GenerateAsync("a street by day", options, stop: Stop))
                Assert.Equal(picture.ToPng(), bytes);
        }
    }

    [Fact]
    public async Task Events_tell_progress_previews_the_picture_and_the_end()
    {
        await using var studio = await RunningStudio.Start(model);
        var reference = await studio.AddReference();
        var blocker = await studio.Generate(new { prompt = "a street", num_inference_steps = 100 });
        var id = await studio.Generate(
            new
            {
                prompt = "a street at night",
                reference = (string)reference["id"]!,
                num_inference_steps = 60,
            }
        );
        await using var stream = await studio.Http.GetStreamAsync($"/api/jobs/{id}/events", Stop);
        using var stopped = await studio.Http.DeleteAsync($"/api/jobs/{blocker}", Stop);
        var events = new List<(string Kind, JsonNode Job)>();
        byte[]? preview = null;
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(Stop))
        {
            var job = JsonNode.Parse(item.Data)!;
            events.Add((item.EventType, job));
            if (item.EventType == "preview" && preview is null)
            {
                using var answer = await studio.Http.GetAsync((string)job["preview"]!, Stop);
                if (answer.IsSuccessStatusCode)
                    preview = await answer.Content.ReadAsByteArrayAsync(Stop);
            }
        }
        var kinds = events.Select(one => one.Kind).ToList();
        Assert.Equal("state", kinds[0]);
        Assert.Contains("progress", kinds);
        Assert.Contains("preview", kinds);
        Assert.Contains("picture", kinds);
        Assert.Equal("end", kinds[^1]);
        Assert.Equal("done", (string)events[^1].Job["state"]!);
        Assert.Equal(TinyModels.Size, Picture.Decode(preview!).Width);
        var steps = events.Select(one => (int)one.Job["done"]!).ToList();
        Assert.Equal(steps.Order(), steps);
        Assert.Contains(events, one => one.Job["seconds_left"] is not null);
    }

    [Fact]
    public async Task A_running_job_is_stopped_within_a_step_and_the_next_one_runs()
    {
        await using var studio = await RunningStudio.Start(model);
        var first = await studio.GenerateLong();
        var second = await studio.Generate(new { prompt = "a street", num_inference_steps = 2 });
        while ((int)(await studio.Get($"/api/jobs/{first}"))["done"]! == 0)
            await Task.Delay(5, Stop);
        using var response = await studio.Http.DeleteAsync($"/api/jobs/{first}", Stop);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var end = await studio.End(first);
        Assert.Equal("stopped", (string)end["state"]!);
        Assert.True((int)end["done"]! < (int)end["total"]!);
        Assert.Equal("done", (string)(await studio.End(second))["state"]!);
    }

    [Fact]
    public async Task Every_option_of_how_pictures_are_made_is_taken_and_stands_in_the_picture()
    {
        await using var studio = await RunningStudio.Start(model);
        var reference = await studio.AddReference();
        var id = await studio.Generate(
            new
            {
                prompt = "a street",
                reference = (string)reference["id"]!,
                num_inference_steps = 4,
                guidance_start = 0.25,
                guidance_end = 0.75,
                layout_guidance_scale = 1.5,
                cache_interval = 2,
                vae_tiling = true,
            }
        );
        var job = await studio.End(id);
        Assert.Equal("done", (string)job["state"]!);
        var bytes = await studio.Http.GetByteArrayAsync((string)job["pictures"]![0]!["file"]!, Stop);
        var path = Path.Combine(studio.Gallery, "copy.png");
        await File.WriteAllBytesAsync(path, bytes, Stop);
        var options = GenerationRecord.OfFile(path)!.Options;
        Assert.Equal((0.25, 0.75, 1.5), (options.GuidanceStart, options.GuidanceEnd, options.LayoutGuidanceScale));
        Assert.Equal((2, true), (options.CacheInterval, options.VaeTiling));
    }

    [Theory]
    [InlineData("guidance_start", 0.9, "guidance_end", 0.1)]
    [InlineData("layout_guidance_scale", 11.0, "seed", 1.0)]
    [InlineData("cache_interval", 0.0, "seed", 1.0)]
    public async Task Options_out_of_range_are_refused(string name, double value, string other, double otherValue)
    {
        await using var studio = await RunningStudio.Start(model);
        var body = new JsonObject
        {
            ["prompt"] = "a street",
            [name] = value,
            [other] = otherValue,
        };
        using var response = await studio.Post("/api/generations", body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task A_grid_varies_every_dial_and_refuses_values_that_are_none()
    {
        await using var studio = await RunningStudio.Start(model);
        foreach (
            var (dial, values) in new[]
            {
                ("guidance_start", new[] { "0", "0.5" }),
                ("guidance_end", ["0.5", "1"]),
                ("layout_guidance_scale", ["1", "2"]),
                ("cache_interval", ["1", "2"]),
                ("vae_tiling", ["no", "yes"]),
            }
        )
        {
            var id = await studio.Generate(
                new
                {
                    prompt = "a street",
                    num_inference_steps = 2,
                    x = new { dial, values },
                }
            );
            var job = await studio.End(id);
            Assert.Equal("done", (string)job["state"]!);
            Assert.Equal(3, job["pictures"]!.AsArray().Count);
        }
        using var refused = await studio.Post(
            "/api/generations",
            new { prompt = "a street", x = new { dial = "vae_tiling", values = new[] { "perhaps" } } }
        );
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("yes or no", await RunningStudio.Fault(refused), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_grid_varies_two_dials_and_ends_with_a_sheet_that_holds_its_settings()
    {
        await using var studio = await RunningStudio.Start(model);
        var id = await studio.Generate(
            new
            {
                prompt = "a street",
                num_inference_steps = 2,
                x = new { dial = "guidance_scale", values = new[] { "1", "3" } },
                y = new { dial = "prompt", values = new[] { "a street at night", "a street in fog", "a street by day" } },
            }
        );
        var job = await studio.End(id);
        Assert.Equal("done", (string)job["state"]!);
        var pictures = job["pictures"]!.AsArray();
        Assert.Equal(7, pictures.Count);
        Assert.Equal("a street in fog", (string)pictures[2]!["prompt"]!);
        var sheet = Picture.Decode(await studio.Http.GetByteArrayAsync((string)pictures[6]!["file"]!, Stop));
        Assert.True(sheet.Width > 2 * TinyModels.Size && sheet.Height > 3 * TinyModels.Size);
        var settings = await studio.Get($"/api/pictures/{pictures[6]!["id"]}/settings");
        Assert.Equal("guidance_scale", (string)settings["x"]!["dial"]!);
        using var archive = new ZipArchive(await studio.Http.GetStreamAsync($"/api/jobs/{id}/archive", Stop));
        Assert.Equal(7, archive.Entries.Count);
        using var first = new MemoryStream();
        await using (var entry = await archive.Entries[0].OpenAsync(Stop))
            await entry.CopyToAsync(first, Stop);
        Assert.Equal(TinyModels.Size, Picture.Decode(first.ToArray()).Width);
    }

    [Fact]
    public async Task A_seed_may_be_text_for_programs_whose_numbers_end_earlier()
    {
        await using var studio = await RunningStudio.Start(model);
        var id = await studio.Generate(
            new
            {
                prompt = "a street",
                num_inference_steps = 1,
                seed = "18446744073709551615",
            }
        );
        Assert.Equal("18446744073709551615", (string)(await studio.End(id))["pictures"]![0]!["seed"]!);
    }

    [Fact]
    public async Task A_third_dial_gives_a_sheet_for_each_of_its_values()
    {
        await using var studio = await RunningStudio.Start(model);
        var job = await studio.End(
            await studio.Generate(
                new
                {
                    prompt = "a street",
                    num_inference_steps = 1,
                    x = new { dial = "guidance_scale", values = new[] { "1", "3" } },
                    y = new { dial = "prompt", values = new[] { "a street at night", "a street in fog" } },
                    z = new { dial = "seed", values = new[] { "1", "2", "3" } },
                }
            )
        );
        Assert.True((string)job["state"]! == "done", job.ToJsonString());
        var pictures = job["pictures"]!.AsArray();
        Assert.Equal(12 + 3, pictures.Count);
        Assert.Equal(["1", "1", "1", "1", "2"], pictures.Take(5).Select(one => (string)one!["seed"]!));
        var settings = await studio.Get($"/api/pictures/{pictures[13]!["id"]}/settings");
        Assert.Equal(("seed", "2"), ((string)settings["z"]!["dial"]!, (string)settings["z"]!["values"]![0]!));
        var file = await studio.Http.GetByteArrayAsync((string)pictures[13]!["file"]!, Stop);
        using var content = new ByteArrayContent(file) { Headers = { ContentType = new("image/png") } };
        using var read = await studio.Http.PostAsync("/api/settings", content, Stop);
        Assert.True(JsonNode.DeepEquals(settings, (await RunningStudio.Json(read))["grid"]));
        Assert.EndsWith("(seed 2)", (string)pictures[13]!["prompt"]!, StringComparison.Ordinal);
        using var refused = await studio.Post(
            "/api/generations",
            new { prompt = "a", z = new { dial = "seed", values = Enumerable.Range(1, 65).Select(seed => $"{seed}") } }
        );
        Assert.Equal(429, (int)refused.StatusCode);
    }

    [Theory]
    [InlineData("""{"prompt":"a","num_inference_steps":0}""", 400, "num_inference_steps must be")]
    [InlineData("""{"prompt":"a","seed":-1}""", 400, "a whole number from 0")]
    [InlineData("""{"prompt":"a","seed":"-1"}""", 400, "a whole number from 0")]
    [InlineData("""{"prompt":"a","width":99999999999}""", 400, "to 2147483647")]
    [InlineData(
        """{"prompt":"a","x":{"dial":"prompt","values":["b"]},"y":{"dial":"prompt","values":["c"]}}""",
        400,
        "would undo the other"
    )]
    [InlineData("""{"prompt":"a","guidance_scale":"much"}""", 400, "guidance_scale")]
    [InlineData("""{"prompt":"a","steps":3}""", 400, "steps")]
    [InlineData("""{"num_inference_steps":3}""", 400, "prompt")]
    [InlineData("""{"prompt":"a"}}""", 400, "request")]
    [InlineData("""{"prompt":"a","reference":"0123456789abcdef"}""", 404, "reference")]
    [InlineData("""{"prompt":"a","layout":"../../../etc/passwd"}""", 404, "layout")]
    [InlineData("""{"prompt":"a","scheduler":"best"}""", 400, "sampler")]
    [InlineData("""{"prompt":"a","width":4000}""", 429, "1024")]
    [InlineData("""{"prompt":"a","num_inference_steps":900}""", 429, "200")]
    [InlineData("""{"prompt":"a","num_images_per_prompt":65}""", 429, "64")]
    [InlineData("""{"prompt":"a","x":{"dial":"mood","values":["good"]}}""", 400, "mood")]
    [InlineData("""{"prompt":"a","x":{"dial":"seed","values":["one"]}}""", 400, "seed")]
    public async Task What_cannot_be_used_is_refused_with_a_sentence(string body, int status, string names)
    {
        await using var studio = await RunningStudio.Start(model);
        await studio.Server.ModelOpened;
        using var content = new StringContent(body, null, "application/json");
        using var response = await studio.Http.PostAsync("/api/generations", content, Stop);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains(names, await RunningStudio.Fault(response), StringComparison.Ordinal);
        Assert.Empty((await studio.Get("/api/jobs")).AsArray());
    }

    [Fact]
    public async Task The_description_of_the_api_is_the_approved_one()
    {
        const string Approved = "tests/PublicApi/studio.json",
            Received = ".work/public-api/studio.json";
        await using var studio = await RunningStudio.Start(model);
        var api = (await studio.Http.GetStringAsync("/openapi/v1.json", Stop)).ReplaceLineEndings("\n").Trim() + "\n";
        var file = Path.Combine(Golden.Repository, Approved);
        if (File.Exists(file) && await File.ReadAllTextAsync(file, Stop) == api)
            return;
        var received = Path.Combine(Golden.Repository, Received);
        Directory.CreateDirectory(Path.GetDirectoryName(received)!);
        await File.WriteAllTextAsync(received, api, Stop);
        Assert.Fail($"The description of the API is not the approved one. If that is meant, accept it: cp {Received} {Approved}");
    }

    [Fact]
    public async Task The_description_of_the_api_names_every_path_and_the_page_answers()
    {
        await using var studio = await RunningStudio.Start(model);
        var api = await studio.Get("/openapi/v1.json");
        var paths = api["paths"]!.AsObject().Select(path => path.Key).ToList();
        Assert.Contains("/api/generations", paths);
        Assert.Contains("/api/jobs/{id}/events", paths);
        Assert.Contains("guidance_scale", api.ToJsonString(), StringComparison.Ordinal);
        var page = await studio.Http.GetStringAsync("/", Stop);
        Assert.Contains("Lumen Studio", page, StringComparison.Ordinal);
        using var script = await studio.Http.GetAsync("/_framework/blazor.web.js", Stop);
        Assert.Equal("text/javascript", script.Content.Headers.ContentType!.MediaType);
    }
}
