using Lumen.Imaging;
using Lumen.Scenes;
using Lumen.Testing;
using Xunit;

namespace Lumen.Studio.Tests;

/// <summary>Data sets over HTTP.</summary>
public sealed class DatasetApiTests(TinyModel model) : IClassFixture<TinyModel>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_data_set_is_described_checked_drawn_enlarged_and_verified()
    {
        using var folder = new TempFolder();
        TinyModel.WriteStreets(folder.File("sets/streets"));
        await using var studio = await RunningStudio.Start(model, options => options with { Datasets = folder.File("sets") });
        Assert.Equal("streets", (string)Assert.Single((await studio.Get("/api/datasets")).AsArray())!);
        var info = await studio.Get("/api/datasets/streets");
        Assert.Equal(4, (int)info["splits"]![0]!["items"]!);
        Assert.True((bool)(await studio.Get("/api/datasets/streets/check"))["is_sound"]!);
        var plain = await studio.Http.GetByteArrayAsync("/api/datasets/streets/pictures/train/0", Stop);
        var drawn = await studio.Http.GetByteArrayAsync("/api/datasets/streets/pictures/train/0?labels=true", Stop);
        Assert.Equal(Picture.Decode(plain).Width, Picture.Decode(drawn).Width);
        Assert.NotEqual(plain, drawn);

        var night = new { domain = "night", prompt = "a street at night" };
        foreach (
            var (body, names) in new (object, string)[]
            {
                (new { prompts = Array.Empty<object>() }, "the prompt matrix is empty"),
                (new { prompts = new[] { night }, split = "nope" }, "no part"),
                (new { prompts = new[] { night }, template = "a street" }, "{domain}"),
            }
        )
        {
            using var refused = await studio.Post("/api/datasets/streets/augmentations", body);
            Assert.Equal(400, (int)refused.StatusCode);
            Assert.Contains(names, await RunningStudio.Fault(refused), StringComparison.OrdinalIgnoreCase);
        }
        var preview = await studio.PostOk(
            "/api/datasets/streets/augmentations/preview",
            new
            {
                prompts = new[] { night },
                variants = 3,
                num_inference_steps = 1,
                template = "{caption}, {domain}",
            }
        );
        Assert.Equal(12, (int)preview["new_pictures"]!);
        Assert.Equal(4, preview["pictures"]!.AsArray().Count);
        Assert.EndsWith(", a street at night", (string)preview["pictures"]![0]!["prompt"]!, StringComparison.Ordinal);
        foreach (var kind in new[] { "picture", "labels" })
            Assert.Equal(TinyModels.Size, Picture.Decode(Convert.FromBase64String((string)preview["pictures"]![0]![kind]!)).Width);
        Assert.Empty((await studio.Get("/api/jobs")).AsArray());

        var job = await studio.PostOk(
            "/api/datasets/streets/augmentations",
            new
            {
                prompts = new[]
                {
                    new
                    {
                        domain = "night",
                        prompt = "a street at night",
                        weight = 1,
                    },
                },
                variants = 1,
                limit = 2,
                num_inference_steps = 2,
            }
        );
        var end = await studio.End((string)job["id"]!);
        Assert.Equal("done", (string)end["state"]!);
        Assert.Contains("2 new pictures", (string)end["report"]!, StringComparison.Ordinal);
        var made = Path.GetFileName(Assert.Single(Directory.GetDirectories(Path.Combine(studio.Gallery, "datasets"))));
        var verified = await studio.Get($"/api/datasets/{made}/verify");
        Assert.True((bool)verified["is_sound"]!);

        var review = (await studio.Get($"/api/datasets/{made}/review")).AsArray();
        Assert.Equal(2, review.Count);
        var item = (string)review[0]!["item"]!;
        var views = new List<byte[]>();
        foreach (var view in new[] { "picture", "labels", "confidence" })
            views.Add(await studio.Http.GetByteArrayAsync($"{review[0]!["picture"]}&view={view}", Stop));
        Assert.Equal(3, views.Select(Convert.ToHexString).Distinct().Count());
        var decided = await studio.PostOk(
            $"/api/datasets/{made}/review",
            new
            {
                items = new[] { item },
                verdict = "rejected",
                reason = "blurred",
            }
        );
        Assert.Equal("rejected", (string)decided[0]!["verdict"]!);
        Assert.NotEmpty(await studio.Http.GetByteArrayAsync((string)review[0]!["picture"]!, Stop));
        Assert.Equal(1, (int)(await studio.Get($"/api/datasets/{made}/report"))["rejected_by_hand"]!);
        Assert.True((bool)(await studio.Get($"/api/datasets/{made}/verify"))["is_sound"]!);
        Assert.Equal(3, (int)(await studio.Get($"/api/datasets/{made}"))["splits"]![0]!["items"]!);
        foreach (
            var (body, status) in new (object, int)[]
            {
                (new { items = new[] { "../../studio.db" }, verdict = "rejected" }, 400),
                (new { items = new[] { "/etc/passwd" }, verdict = "rejected" }, 400),
                (new { items = new[] { item }, verdict = "perhaps" }, 400),
                (new { items = Enumerable.Repeat(item, 3000), verdict = "accepted" }, 429),
            }
        )
        {
            using var refused = await studio.Post($"/api/datasets/{made}/review", body);
            Assert.Equal(status, (int)refused.StatusCode);
        }
        foreach (var path in new[] { "../../studio.db", "%2Fetc%2Fpasswd", "lumen/review.jsonl", "" })
        {
            using var refused = await studio.Http.GetAsync($"/api/datasets/{made}/review/picture?item={path}", Stop);
            Assert.Equal(404, (int)refused.StatusCode);
        }
        using var original = await studio.Http.GetAsync("/api/datasets/streets/review", Stop);
        Assert.Equal(400, (int)original.StatusCode);
    }

    [Fact]
    public async Task Pictures_without_labels_and_new_ones_of_them_open_with_a_sentence_about_it()
    {
        using var folder = new TempFolder();
        for (var at = 0; at < 3; at++)
            PngWriter.WriteRgb(folder.File($"sets/photos/{at}.png"), TinyModels.Scene(at, TinyModels.Size, TinyModels.Size));
        TinyModel.WriteStreets(folder.File("sets/streets"));
        await using var studio = await RunningStudio.Start(model, options => options with { Datasets = folder.File("sets") });
        var night = new
        {
            domain = "night",
            prompt = "a street at night",
            weight = 1,
        };
        var job = await studio.PostOk("/api/datasets/photos/augmentations", new { prompts = new[] { night }, num_inference_steps = 1 });
        var end = await studio.End((string)job["id"]!);
        Assert.True((string)end["state"]! == "done", end.ToJsonString());
        var made = Path.GetFileName(Assert.Single(Directory.GetDirectories(Path.Combine(studio.Gallery, "datasets"))));
        foreach (var (name, pictures) in new[] { ("photos", 3), (made, 6) })
        {
            var info = await studio.Get($"/api/datasets/{name}");
            Assert.Equal(pictures, (int)info["splits"]![0]!["items"]!);
            Assert.StartsWith("There are no labels", (string)info["without_labels"]!, StringComparison.Ordinal);
            Assert.True((bool)(await studio.Get($"/api/datasets/{name}/check"))["is_sound"]!);
            Assert.NotEmpty(await studio.Http.GetByteArrayAsync($"/api/datasets/{name}/pictures/all/0?labels=true", Stop));
        }
        Assert.Null((await studio.Get("/api/datasets/streets"))["without_labels"]);
        var review = (await studio.Get($"/api/datasets/{made}/review")).AsArray();
        Assert.Equal(3, review.Count);
        Assert.NotEmpty(await studio.Http.GetByteArrayAsync($"{review[0]!["picture"]}&view=labels", Stop));
        Assert.True((bool)(await studio.Get($"/api/datasets/{made}/verify"))["is_sound"]!);
        Directory.CreateDirectory(folder.File("sets/empty"));
        using var empty = await studio.Http.GetAsync("/api/datasets/empty", Stop);
        Assert.Equal(400, (int)empty.StatusCode);
        Assert.Contains("no pictures in it", await RunningStudio.Fault(empty), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_faulty_is_drawn_as_far_as_it_can_be_read()
    {
        using var folder = new TempFolder();
        TinyModel.WriteStreets(folder.File("sets/streets"));
        var library = new Lumen.Studio.Datasets.DatasetLibrary(
            new StudioOptions
            {
                Model = model.Path,
                Gallery = folder.File("gallery"),
                Datasets = folder.File("sets"),
            },
            new Lumen.Studio.Datasets.LimitedFolder(folder.File("made"))
        );
        var dataset = library.Open("streets");
        var items = dataset.Items("train").ToList();
        foreach (var label in items[0].Labels)
            File.WriteAllText(dataset.FullPath(label.Name), "no picture");
        File.WriteAllText(dataset.FullPath(items[1].Picture), "no picture");
        var shown = library.Faulty(dataset, [items[0].Picture, items[1].Picture, "elsewhere.png"], 4);
        Assert.Equal(items[0].Picture, Assert.Single(shown).Name);
        Assert.Null(shown[0].Overlay);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("outside")]
    [InlineData("..%2F..%2Fsecret")]
    [InlineData(".hidden")]
    public async Task Nothing_outside_the_folder_is_opened(string name)
    {
        using var folder = new TempFolder();
        TinyModel.WriteStreets(folder.File("secret"));
        TinyModel.WriteStreets(folder.File("sets/.hidden"));
        Directory.CreateSymbolicLink(folder.File("sets/outside"), folder.File("secret"));
        await using var studio = await RunningStudio.Start(model, options => options with { Datasets = folder.File("sets") });
        Assert.Empty((await studio.Get("/api/datasets")).AsArray());
        foreach (var path in new[] { "", "/check", "/verify", "/report", "/review", "/review/picture?item=a", "/pictures/train/0" })
        {
            using var response = await studio.Http.GetAsync($"/api/datasets/{name}{path}", Stop);
            Assert.Equal(404, (int)response.StatusCode);
        }
    }
}
