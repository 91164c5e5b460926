using System.Text.Json.Nodes;
using Lumen.Conditions;
using Lumen.Datasets;
using Lumen.Generation;
using Lumen.Scenes;
using Lumen.Testing;
using Xunit;

namespace Lumen.Studio.Tests;

/// <summary>One reference by several adapters.</summary>
public sealed class AdapterTests(TinyModel model) : IClassFixture<TinyModel>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reference_is_compared_by_the_adapters_that_are_there()
    {
        using var folder = new TempFolder();
        var canny = folder.File("adapters/canny");
        TinyModels.WriteAdapter(canny, model.Path, new ConditionSettings { Kind = ConditionKind.Canny }.Filled(null));
        Directory.CreateDirectory(folder.File("adapters/other"));
        File.WriteAllText(folder.File("adapters/other/config.json"), "{ damaged");
        await using var studio = await RunningStudio.Start(model, options => options with { Adapters = folder.File("adapters") });
        Assert.Equal(["controlnet", "canny"], (await studio.Get("/api/model"))["adapters"]!.AsArray().Select(one => (string)one!));

        var reference = (string)(await studio.AddReference())["id"]!;
        var layout = (string)(await studio.PostOk("/api/layouts", new { reference }))["id"]!;
        var id = await studio.Generate(
            new
            {
                prompt = "a street by day",
                reference,
                layout,
                num_inference_steps = 2,
                seed = 3,
                x = new { dial = "adapter", values = new[] { "controlnet", "canny" } },
            }
        );
        var job = await studio.End(id);
        Assert.True((string)job["state"]! == "done", job.ToJsonString());
        var pictures = job["pictures"]!.AsArray();
        Assert.Equal(3, pictures.Count); // two, and the sheet
        var made = await studio.Http.GetByteArrayAsync((string)pictures[1]!["file"]!, Stop);

        await using var pipeline = await LumenPipeline.OpenAsync(model.Path, studio.Options.Pipeline with { Adapter = canny }, stop: Stop);
        var request = new LumenRequest("a street by day") { Reference = TinyModels.Scene(0) };
        var options = new GenerationOptions { NumInferenceSteps = 2, Seed = 3 };
        await foreach (var picture in pipeline.GenerateAsync(request, options, stop: Stop))
            Assert.Equal(picture.ToPng(), made);
        var alone = await studio.End(
            await studio.Generate(
                new
                {
                    prompt = "a street by day",
                    reference,
                    adapter = "canny",
                    num_inference_steps = 2,
                    seed = 3,
                }
            )
        );
        Assert.Equal(await studio.Http.GetByteArrayAsync((string)alone["pictures"]![0]!["file"]!, Stop), made);
        using var refused = await studio.Post(
            "/api/generations",
            new
            {
                prompt = "a street",
                layout,
                adapter = "canny",
            }
        );
        Assert.Contains("does not read this layout", await RunningStudio.Fault(refused), StringComparison.Ordinal);
        Assert.NotEqual(await studio.Http.GetByteArrayAsync((string)pictures[0]!["file"]!, Stop), made);
    }

    [Fact]
    public async Task A_picture_of_a_data_set_is_compared_by_layout_label_map_edges_and_depth()
    {
        using var folder = new TempFolder();
        var set = folder.File("sets/streets");
        TinyModel.WriteStreets(set);
        var kinds = new[] { ConditionKind.LabelMap, ConditionKind.Canny, ConditionKind.Depth };
        foreach (var kind in kinds)
            TinyModels.WriteAdapter(
                folder.File($"adapters/{kind}"),
                model.Path,
                new ConditionSettings { Kind = kind }.Filled(SceneClasses.Count)
            );
        await using var studio = await RunningStudio.Start(
            model,
            options => options with { Adapters = folder.File("adapters"), Datasets = folder.File("sets") }
        );
        var reference = (string)(await studio.PostOk("/api/datasets/streets/pictures/train/1/reference", new { }))["id"]!;
        const string Prompt = "a street by day";
        string[] values = ["controlnet", .. kinds.Select(kind => kind.ToString())];
        var job = await studio.End(
            await studio.Generate(
                new
                {
                    prompt = Prompt,
                    reference,
                    num_inference_steps = 2,
                    x = new { dial = "adapter", values },
                }
            )
        );
        Assert.True((string)job["state"]! == "done", job.ToJsonString());
        var made = new List<byte[]>();
        foreach (var picture in job["pictures"]!.AsArray().Take(4))
            made.Add(await studio.Http.GetByteArrayAsync((string)picture!["file"]!, Stop));
        Assert.Equal(4, made.Select(Convert.ToHexString).Distinct().Count());

        var item = DatasetFormats.Open(set).Items("train").ElementAt(1);
        var annotated = AnnotationFiles.Read(
            Path.Combine(set, item.Picture),
            Path.Combine(set, item.Labels.Single(label => label.Kind == LabelKind.Classes).Name)
        );
        await using var pipeline = await LumenPipeline.OpenAsync(
            model.Path,
            studio.Options.Pipeline with
            {
                Adapter = folder.File($"adapters/{ConditionKind.LabelMap}"),
            },
            stop: Stop
        );
        var request = new LumenRequest(Prompt) { ConditionImage = await pipeline.DrawConditionAsync(annotated, Stop) };
        await foreach (var picture in pipeline.GenerateAsync(request, new GenerationOptions { NumInferenceSteps = 2 }, stop: Stop))
            Assert.Equal(picture.ToPng(), made[1]);

        // A picture from elsewhere has no labels.
        var plain = (string)(await studio.AddReference(scene: 7))["id"]!;
        var alone = await studio.End(
            await studio.Generate(
                new
                {
                    prompt = Prompt,
                    reference = plain,
                    adapter = $"{ConditionKind.LabelMap}",
                }
            )
        );
        Assert.Contains("picture alone does not give", (string)alone["fault"]!, StringComparison.Ordinal);
        foreach (var path in new[] { "train/4", "nope/0", "train/-1" })
        {
            using var missing = await studio.Post($"/api/datasets/streets/pictures/{path}/reference", new { });
            Assert.Equal(404, (int)missing.StatusCode);
        }
    }

    [Fact]
    public async Task Adapters_that_were_used_last_stay_open_as_many_as_may_and_none_is_closed_while_it_is_used()
    {
        var opened = new List<string>();
        await using var adapters = new AdapterPipelines(
            2,
            name =>
            {
                lock (opened)
                    opened.Add(name);
                return LumenPipeline.OpenAsync(model.Path, new() { Device = "cpu", Dtype = "float32" });
            }
        );
        var own = Path.Combine(model.Path, "controlnet");
        await (await adapters.Take("a", own, Stop)).DisposeAsync();
        await (await adapters.Take("a", own, Stop)).DisposeAsync();
        Assert.Equal(["a"], opened);
        var held = await adapters.Take("b", own, Stop);
        var two = await adapters.Take("c", own, Stop);
        var three = await adapters.Take("d", own, Stop);
        await held.Pipeline.ExtractLayoutAsync(TinyModels.Scene(0), Stop);
        await three.DisposeAsync();
        Assert.DoesNotContain("a", adapters.Open);
        await two.DisposeAsync();
        await held.DisposeAsync();
        Assert.Equal(2, adapters.Open.Count);
        await (await adapters.Take("a", own, Stop)).DisposeAsync();
        Assert.Equal(["a", "b", "c", "d", "a"], opened);
    }

    [Theory]
    [InlineData("../controlnet", true, "controlnet")]
    [InlineData("controlnet", false, "reference")]
    public async Task Adapters_that_are_not_there_and_none_to_compare_on_are_refused(string adapter, bool hasReference, string said)
    {
        await using var studio = await RunningStudio.Start(model);
        var body = new JsonObject
        {
            ["prompt"] = "a street",
            ["x"] = new JsonObject { ["dial"] = "adapter", ["values"] = new JsonArray(adapter) },
        };
        if (hasReference)
            body["reference"] = (string)(await studio.AddReference())["id"]!;
        using var response = await studio.Post("/api/generations", body);
        Assert.Equal(400, (int)response.StatusCode);
        Assert.Contains(said, await RunningStudio.Fault(response), StringComparison.Ordinal);
    }
}
