using System.Globalization;
using Lumen.Conditions;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Facade;

public sealed class LumenPipelineTests(TinyPipeline tiny) : IClassFixture<TinyPipeline>
{
    private static CancellationToken None => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_layout_edited_and_a_prompt_give_pictures_with_their_metadata()
    {
        await using var lumen = await tiny.Open(stop: None);
        Assert.Equal((LumenSteering.Layout, "controlnet"), (lumen.Steering, lumen.Adapter));
        using var layout = await lumen.ExtractLayoutAsync(TinyPipeline.Reference, None);
        using var mirrored = layout.Mirror();
        var options = TinyPipeline.Quick with { Count = 2 };
        var pictures = await TinyPipeline.All(lumen.GenerateAsync(mirrored, "a street at night", options, stop: None));
        Assert.Equal([0, 1], pictures.Select(picture => picture.Index));
        Assert.NotEqual(pictures[0].Picture.Rgb, pictures[1].Picture.Rgb);

        var path = tiny.Fresh("1.png");
        pictures[1].Save(path);
        Assert.Equal(pictures[1].ToPng(), await File.ReadAllBytesAsync(path, None));
        Assert.Equal(pictures[1].Picture.Rgb, Picture.Load(path).Rgb);
        var record = GenerationRecord.OfFile(path)!;
        Assert.Equal(("a street at night", 1L, 7UL), (record.Prompt, record.Item, record.Options.Seed));
        Assert.Equal("controlnet", record.Adapter?.Name);
        Assert.Equal(Math.Round(pictures[1].Agreement!.Value, 4), record.Layout!.Agreement);
        Assert.Null(record.Source);

        var again = await TinyPipeline.All(
            lumen.GenerateAsync(mirrored, "a street at night", TinyPipeline.Quick with { Seed = pictures[1].Seed }, stop: None)
        );
        Assert.Equal(pictures[1].Picture.Rgb, Assert.Single(again).Picture.Rgb);
    }

    [Fact]
    public async Task Pictures_are_those_of_the_classes_beneath()
    {
        using var model = DiffusionModel.Load(tiny.Model, Placement.Reference);
        using var adapter = LayoutAdapter.Load(Path.Combine(tiny.Model, "controlnet"), model);
        var generator = new ImageGenerator(model, adapter);
        var odd = Resizing.Cover(TinyPipeline.Reference, 45, 31); // no multiple: padded, and the padding cut off again
        using var layout = generator.ExtractLayout(odd);
        var expected = generator.Generate(GenerationRequest.For(layout, "a street"), TinyPipeline.Quick)[0];

        await using var lumen = await tiny.Open(stop: None);
        var got = await TinyPipeline.All(
            lumen.GenerateAsync(new LumenRequest("a street") { Reference = odd }, TinyPipeline.Quick, stop: None)
        );
        Assert.Equal(expected.Rgb, Assert.Single(got).Picture.Rgb);
        using var whole = await lumen.ExtractLayoutAsync(odd, None);
        Assert.Equal((0, 0), (whole.ImageWidth % lumen.SizeMultiple, whole.ImageHeight % lumen.SizeMultiple));
    }

    [Fact]
    public async Task Layouts_from_files_prompts_alone_and_pictures_to_begin_from_work_as_well()
    {
        await using var lumen = await tiny.Open(stop: None);
        using var layout = await lumen.ExtractLayoutAsync(TinyPipeline.Reference, None);
        var path = tiny.Fresh("layout.safetensors");
        layout.Save(path);
        using var stored = NeuralLayout.Load(path);
        var one = (await TinyPipeline.All(lumen.GenerateAsync(layout, "a street", TinyPipeline.Quick, stop: None)))[0];
        var other = (await TinyPipeline.All(lumen.GenerateAsync(stored, "a street", TinyPipeline.Quick, stop: None)))[0];
        Assert.Equal(one.Picture.Rgb, other.Picture.Rgb);

        var alone = (await TinyPipeline.All(lumen.GenerateAsync("a street", TinyPipeline.Quick, stop: None)))[0];
        Assert.Equal((TinyModels.Size, TinyModels.Size), (alone.Picture.Width, alone.Picture.Height));
        Assert.Null(alone.Record.Adapter);
        Assert.Null(alone.Agreement);
        Assert.NotEqual(one.Picture.Rgb, alone.Picture.Rgb);
        Assert.Equal(alone.Record, GenerationRecord.Parse(alone.Record.ToPngText().Lumen!, "it"));

        var begun = new LumenRequest("a street") { Initial = TinyPipeline.Reference };
        var near = (await TinyPipeline.All(lumen.GenerateAsync(begun, TinyPipeline.Quick with { Strength = 0.4 }, stop: None)))[0];
        var far = (await TinyPipeline.All(lumen.GenerateAsync(begun, TinyPipeline.Quick, stop: None)))[0];
        Assert.NotEqual(far.Picture.Rgb, near.Picture.Rgb);
    }

    [Fact]
    public async Task An_adapter_of_another_condition_draws_and_reads_it()
    {
        await using var lumen = await tiny.Open(TinyPipeline.Options with { Adapter = tiny.Edges }, None);
        Assert.Equal((LumenSteering.ConditionImage, "edges"), (lumen.Steering, lumen.Adapter));
        var drawn = await lumen.DrawConditionAsync(new AnnotatedPicture(TinyPipeline.Reference), None);
        var given = new LumenRequest("a street") { ConditionImage = drawn };
        var one = (await TinyPipeline.All(lumen.GenerateAsync(given, TinyPipeline.Quick, stop: None)))[0];
        var made = new LumenRequest("a street") { Reference = TinyPipeline.Reference };
        var other = (await TinyPipeline.All(lumen.GenerateAsync(made, TinyPipeline.Quick, stop: None)))[0];
        Assert.Equal(one.Picture.Rgb, other.Picture.Rgb);
        Assert.Equal("edges", one.Record.Adapter?.Name);
        Refused(LumenErrorKind.Option, "reads no layouts", () => lumen.ExtractLayoutAsync(TinyPipeline.Reference, None));
    }

    [Fact]
    public async Task Requests_at_the_same_time_give_the_bytes_of_requests_one_after_the_other()
    {
        await using var lumen = await tiny.Open(stop: None);
        string[] prompts = ["a street at night", "a street by day", "a street in fog", "(fog:1.3) by day"];
        var expected = new List<byte[]>();
        foreach (var prompt in prompts)
            expected.AddRange(await Run(prompt));
        var together = await Task.WhenAll(prompts.Select(prompt => Task.Run(() => Run(prompt), None)));
        Assert.Equal(expected, together.SelectMany(pictures => pictures));

        async Task<List<byte[]>> Run(string prompt)
        {
            using var layout = await lumen.ExtractLayoutAsync(TinyPipeline.Reference, None);
            var pictures = lumen.GenerateAsync(layout, prompt, TinyPipeline.Quick with { Count = 3, BatchSize = 2 }, stop: None);
            return [.. (await TinyPipeline.All(pictures)).Select(picture => picture.ToPng())];
        }
    }

    [Fact]
    public async Task The_callers_layout_may_be_disposed_as_soon_as_a_call_returns()
    {
        await using var lumen = await tiny.Open(stop: None);
        var layout = await lumen.ExtractLayoutAsync(TinyPipeline.Reference, None);
        var pictures = lumen.GenerateAsync(layout, "a street", TinyPipeline.Quick, stop: None);
        layout.Dispose();
        Assert.Single(await TinyPipeline.All(pictures));
    }

    [Fact]
    public async Task Progress_is_told_and_previews_may_be_asked_for_at_any_time_even_after_the_end()
    {
        var told = new List<LumenProgress>();
        var during = new List<Picture>();
        var lumen = await LumenPipeline.OpenAsync(tiny.Model, TinyPipeline.Options, new TinyPipeline.Each(told.Add), None);
        Assert.Equal([0, 1, 2, 3], told.Select(progress => progress.Done));
        Assert.All(told, progress => Assert.Equal((LumenStage.Opening, 3), (progress.Stage, progress.Total)));
        Assert.Empty(told[0].Preview());
        told.Clear();
        var progress = new TinyPipeline.Each(step =>
        {
            told.Add(step);
            during.AddRange(step.Preview());
        });
        var options = TinyPipeline.Quick with { Count = 2 };
        var pictures = await TinyPipeline.All(lumen.GenerateAsync("a street", options, progress, None));
        Assert.Equal([1, 2, 3, 4, 5, 6], told.Select(step => step.Done));
        Assert.Equal(0.5, told[2].Fraction);
        var late = told.SelectMany(step => step.Preview()).ToArray(); // the run is over
        Assert.Equal(during.Select(picture => picture.Rgb), late.Select(picture => picture.Rgb));
        Assert.Equal(6, late.Select(picture => Convert.ToBase64String(picture.Rgb)).Distinct().Count()); // every step changes something
        Assert.All(pictures, one => Assert.Contains(late, preview => preview.Rgb.SequenceEqual(one.Picture.Rgb)));
        await lumen.DisposeAsync();
        Assert.Empty(told[^1].Preview()); // the model is closed, and nothing breaks
    }

    [Fact]
    public async Task Pictures_are_enumerated_once_and_a_second_time_is_a_sentence()
    {
        await using var lumen = await tiny.Open(stop: None);
        using var layout = await lumen.ExtractLayoutAsync(TinyPipeline.Reference, None);
        var pictures = lumen.GenerateAsync(layout, "a street", TinyPipeline.Quick, stop: None);
        Assert.Single(await TinyPipeline.All(pictures));
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => TinyPipeline.All(pictures));
        Assert.Contains("were enumerated before", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disposed_layout_is_refused_as_what_it_is()
    {
        await using var lumen = await tiny.Open(stop: None);
        var layout = await lumen.ExtractLayoutAsync(TinyPipeline.Reference, None);
        layout.Dispose();
        layout.Dispose();
        Assert.Throws<ObjectDisposedException>(() => lumen.GenerateAsync(layout, "a street", stop: None));
        Assert.Throws<ObjectDisposedException>(() => layout.Mirror());
    }

    [Fact]
    public async Task Everything_is_refused_by_the_call_itself_before_a_network_runs()
    {
        await using var lumen = await tiny.Open(stop: None);
        await using var bare = await LumenPipeline.OpenAsync(tiny.Model, TinyPipeline.Options with { Adapter = tiny.Edges }, stop: None);
        using var layout = await lumen.ExtractLayoutAsync(TinyPipeline.Reference, None);
        var picture = TinyPipeline.Reference;
        Refused("GuidanceScale", () => lumen.GenerateAsync("a street", new() { GuidanceScale = 0 }, stop: None));
        Refused("Count", () => lumen.GenerateAsync("a street", new() { Count = 0 }, stop: None));
        Refused("Components", () => lumen.GenerateAsync(layout, "a street", new() { Components = 9 }, stop: None));
        Refused("Adapter", () => bare.GenerateAsync(layout, "a street", stop: None));
        Refused("Adapter", () => lumen.GenerateAsync(new LumenRequest("a street") { ConditionImage = picture }, stop: None));
        Refused("Layout", () => lumen.GenerateAsync(new LumenRequest("a street") { Layout = layout, Reference = picture }, stop: None));
        Refused("Strength", () => lumen.GenerateAsync("a street", new() { Strength = 0.5 }, stop: None));
        Refused("Width", () => lumen.ExtractLayoutAsync(picture, 33, 32, None));
        Refused("Prompt", () => lumen.GenerateAsync($"a (street:{new string('9', 400)})", stop: None));
        Refused("Prompt", () => lumen.GenerateAsync("a street\0", stop: None));
        Refused("NegativePrompt", () => lumen.GenerateAsync("a street", new() { NegativePrompt = "\0" }, stop: None));
        Refused("Scheduler", () => lumen.GenerateAsync("a street", new() { Scheduler = "none" }, stop: None));
        Refused("Eta", () => lumen.GenerateAsync("a street", new() { Scheduler = "euler", Eta = 0.5 }, stop: None));
        Assert.Throws<ArgumentNullException>(() => lumen.GenerateAsync((LumenRequest)null!, stop: None));
        Assert.Throws<ArgumentNullException>(() => lumen.GenerateAsync((NeuralLayout)null!, "a street", stop: None));
        await Assert.ThrowsAsync<ArgumentNullException>(() => lumen.ExtractLayoutAsync(null!, None));
        await Assert.ThrowsAsync<ArgumentNullException>(() => lumen.AgreementAsync(picture, null!, None));
        var save = Assert.Throws<LumenException>(() => picture.Save("street.jpg"));
        Assert.Equal(LumenErrorKind.File, save.Kind);

        void Refused(string property, Func<object> call)
        {
            var fault = Assert.Throws<LumenException>(() => call());
            Assert.Equal((LumenErrorKind.Option, property), (fault.Kind, fault.Property));
        }
    }

    [Fact]
    public async Task What_cannot_be_opened_says_why()
    {
        await Assert.ThrowsAsync<LumenException>(() => LumenPipeline.OpenAsync("no such model", stop: None));
        await Assert.ThrowsAsync<LumenException>(() => tiny.Open(TinyPipeline.Options with { Dtype = "float8" }, None));
        var fault = await Assert.ThrowsAsync<LumenException>(() =>
            tiny.Open(TinyPipeline.Options with { Adapter = tiny.Edges, BackboneWeights = tiny.Edges }, None)
        );
        Assert.Equal((LumenErrorKind.Option, "BackboneWeights"), (fault.Kind, fault.Property));
        var missing = await Assert.ThrowsAsync<LumenException>(() =>
            LumenPipeline.OpenAsync("org/name", TinyPipeline.Options with { CacheFolder = tiny.Fresh("cache") }, stop: None)
        );
        Assert.Contains("org/name", missing.Message, StringComparison.Ordinal);
    }

    // Programs here run with invariant globalization, in which "de-DE" writes numbers as English does: the culture is made.
    [Fact]
    public async Task Another_culture_changes_no_byte_and_no_message()
    {
        var before = CultureInfo.CurrentCulture;
        var options = TinyPipeline.Quick with { GuidanceScale = 2.5, ConditioningScale = 0.75, Seed = 1234567 };
        try
        {
            var expected = await Everything();
            var german = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            german.NumberFormat.NumberDecimalSeparator = german.NumberFormat.PercentDecimalSeparator = ",";
            german.NumberFormat.NumberGroupSeparator = ".";
            german.NumberFormat.NegativeSign = "−";
            CultureInfo.CurrentCulture = german;
            Assert.Equal("−1,5", $"{-1.5}");
            Assert.Equal(expected, await Everything());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        async Task<string> Everything()
        {
            await using var lumen = await tiny.Open(stop: None);
            using var layout = await lumen.ExtractLayoutAsync(TinyPipeline.Reference, None);
            using var edited = layout.Scale([1, 2], -1.5);
            var path = tiny.Fresh("layout.safetensors");
            edited.Save(path);
            var picture = (await TinyPipeline.All(lumen.GenerateAsync(edited, "(fog:1.4)", options, stop: None)))[0];
            var fault = Assert.Throws<LumenException>(() => lumen.GenerateAsync("x", options with { GuidanceScale = 0.5 }, stop: None));
            var eta = Assert.Throws<LumenException>(() =>
                lumen.GenerateAsync("x", options with { Scheduler = "euler", Eta = 0.5 }, stop: None)
            );
            var edges = new ConditionSettings { Kind = ConditionKind.SoftEdge, Sigma = 0.05 };
            var sigma = Assert.Throws<LumenException>(() => edges.ToCondition());
            return string.Join(
                "\n",
                eta.Message,
                sigma.Message,
                Convert.ToHexString(picture.ToPng()),
                Convert.ToHexString(await File.ReadAllBytesAsync(path, None)),
                fault.Message,
                edited.Edits[0],
                new LumenProgress(LumenStage.Denoising, -1, 2).ToString()
            );
        }
    }

    private static void Refused(LumenErrorKind kind, string part, Func<object> call)
    {
        var fault = Assert.Throws<LumenException>(() => call());
        Assert.Equal(kind, fault.Kind);
        Assert.Contains(part, fault.Message, StringComparison.Ordinal);
    }
}
