using System.Text.Json.Nodes;
using Lumen.Imaging;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Cli;

/// <summary>Ordinary ControlNets: the small one that upstream's reference walks were made with.</summary>
public sealed class ConditionImageTests : IDisposable
{
    private const int Side = 32;
    private readonly TempFolder _folder = new();
    private readonly string _model = Golden.Folder("sd/pipeline");
    private readonly string _edges;

    public ConditionImageTests()
    {
        _edges = _folder.File("edges.png");
        PngWriter.WriteRgb(_edges, Edges(Side, Side, 9));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_condition_image_steers_the_result_and_is_recorded()
    {
        var picture = Generate("one", "--condition-image", _edges, "--adapter", Path.Combine(_model, "controlnet"));
        Assert.Equal((Side, Side), (picture.Width, picture.Height));
        Assert.Equal(picture.Rgb, Generate("again", "--condition-image", _edges).Rgb); // the adapter in the model's own folder
        PngWriter.WriteRgb(_folder.File("others/edges.png"), Edges(Side, Side, 20));
        Assert.NotEqual(picture.Rgb, Generate("others-out", "--condition-image", _folder.File("others/edges.png")).Rgb);

        var text = PngReader.ReadAllText(_folder.File("one/edges-0.png"))["lumen"];
        var record = JsonNode.Parse(text)!;
        Assert.Equal(("edges.png", "controlnet"), ((string?)record["condition_image"]!["file_name"], (string?)record["adapter"]!["name"]));
        Assert.Null(record["layout_agreement"]);
        var sheet = PictureReader.Read(_folder.File("one/edges-sheet.png"));
        Assert.True(sheet.Width >= 2 * 256, $"The sheet has {sheet.Width} pixels for two pictures.");
    }

    [Fact]
    public void The_conditioning_scale_weighs_it_and_zero_is_no_adapter()
    {
        PngWriter.WriteRgb(_folder.File("blank/edges.png"), Picture.Filled(Side, Side, 0, 0, 0));
        var off = Generate("off", "--condition-image", _edges, "--conditioning-scale", "0");
        Assert.Equal(off.Rgb, Generate("off-blank", "--condition-image", _folder.File("blank/edges.png"), "--strength", "0").Rgb);
        var full = Generate("full", "--condition-image", _edges);
        Assert.NotEqual(off.Rgb, full.Rgb);
        Assert.NotEqual(full.Rgb, Generate("half", "--condition-image", _edges, "--conditioning-scale", "0.5").Rgb);
    }

    [Fact]
    public void A_transparent_condition_image_lies_over_nothing()
    {
        var (edges, rgba) = (Edges(Side, Side, 9), new byte[Side * Side * 4]);
        for (var pixel = 0; pixel < Side * Side; pixel++)
            // white where there is an edge, clear elsewhere
            rgba[4 * pixel] = rgba[4 * pixel + 1] = rgba[4 * pixel + 2] = rgba[4 * pixel + 3] = edges.Rgb[3 * pixel];
        var clear = _folder.File("clear/edges.png");
        WriteRgba(clear, Side, Side, rgba);
        Assert.Equal(edges.Rgb, PictureReader.Read(clear, backdrop: 0).Rgb);
        Assert.Equal(Generate("opaque", "--condition-image", _edges).Rgb, Generate("clear-out", "--condition-image", clear).Rgb);
    }

    [Fact]
    public void A_condition_image_that_shows_nothing_is_warned_of()
    {
        PngWriter.WriteRgb(_folder.File("nothing.png"), Picture.Filled(Side, Side, 0, 0, 0));
        var run = CommandLine.Run(
            "generate",
            "--model",
            _model,
            "--prompt",
            "a street",
            "--steps",
            "2",
            "--output-dir",
            _folder.File("nothing-out"),
            "--condition-image",
            _folder.File("nothing.png")
        );
        Assert.Equal(0, run.Code);
        Assert.Contains("warning: The condition image has one colour only", run.Error, StringComparison.Ordinal);
    }

    private static void WriteRgba(string path, int width, int height, byte[] rgba)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var info = new SkiaSharp.SKImageInfo(width, height, SkiaSharp.SKColorType.Rgba8888, SkiaSharp.SKAlphaType.Unpremul);
        using var image = SkiaSharp.SKImage.FromPixelCopy(info, rgba);
        using var data = image.Encode(SkiaSharp.SKEncodedImageFormat.Png, 100);
        using var file = File.Create(path);
        data.SaveTo(file);
    }

    [Fact]
    public void A_single_file_is_the_same_ControlNet()
    {
        var file = _folder.File("canny.safetensors");
        File.Copy(Path.Combine(_model, "controlnet", "diffusion_pytorch_model.safetensors"), file);
        File.Copy(Path.Combine(_model, "controlnet", "config.json"), _folder.File("config.json"));
        Assert.Equal(
            Generate("folder", "--condition-image", _edges).Rgb,
            Generate("file", "--condition-image", _edges, "--adapter", file).Rgb
        );
        Refused("give one with --condition-image", "--reference", _edges, "--adapter", file);
    }

    [Fact]
    public void Any_size_is_taken_and_the_result_has_the_size_asked_for()
    {
        PngWriter.WriteRgb(_folder.File("odd.png"), Edges(45, 31, 9));
        var picture = Generate("odd-out", "--condition-image", _folder.File("odd.png"), "--width", "41", "--height", "27");
        Assert.Equal((41, 27), (picture.Width, picture.Height));
    }

    [Fact]
    public void Json_has_no_agreement_where_there_is_no_layout()
    {
        var run = CommandLine.Run(
            "generate",
            "--model",
            _model,
            "--condition-image",
            _edges,
            "--prompt",
            "a dog",
            "--steps",
            "2",
            "--width",
            "32",
            "--json",
            "--output-dir",
            _folder.File("json")
        );
        var json = JsonNode.Parse(run.Output)!;
        Assert.Null(json["layout_agreement"]);
        Assert.Equal(_folder.File("json/edges-0.png"), (string?)json["pictures"]![0]!["file"]);
    }

    [Theory]
    [InlineData("conditioning_channels", "4", "reads a condition of 4 channels (conditioning_channels), but a picture has 3")]
    [InlineData("cross_attention_dim", "48", "was made for another kind of model than pipeline: cross_attention_dim is 48 instead of 32")]
    [InlineData("layers_per_block", "1", "layers_per_block is 1 instead of 2")]
    public void An_adapter_that_does_not_fit_is_refused(string key, string value, string sentence)
    {
        var adapter = Directory.CreateDirectory(_folder.File("misfit")).FullName;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(_model, "controlnet")))
            File.Copy(file, Path.Combine(adapter, Path.GetFileName(file)));
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(adapter, "config.json")))!;
        config[key] = JsonNode.Parse(value);
        File.WriteAllText(Path.Combine(adapter, "config.json"), config.ToJsonString());
        Refused(sentence, "--condition-image", _edges, "--adapter", adapter);
    }

    [Fact]
    public void A_reference_with_an_ordinary_ControlNet_is_pointed_to_the_condition_image() =>
        Refused("give one with --condition-image", "--reference", _edges);

    [Fact]
    public void A_condition_image_with_a_LUMEN_adapter_is_pointed_to_the_reference()
    {
        var model = TinyModels.Write(_folder.File("tiny"));
        Refused("is a LUMEN adapter: it reads neural layouts", "--condition-image", _edges, "--model", model);
    }

    [Fact]
    public void Two_sources_and_components_of_a_picture_are_refused()
    {
        Refused("one of the three", "--condition-image", _edges, "--reference", _edges);
        Refused("--components belongs to neural layouts", "--condition-image", _edges, "--components", "3");
        Refused("does not exist", "--condition-image", _folder.File("nowhere.png"));
        Refused("There is no adapter at", "--condition-image", _edges, "--adapter", _folder.File("nowhere"));
    }

    private Picture Generate(string output, params string[] more)
    {
        string[] size = more.Contains("--width") ? [] : ["--width", $"{Side}", "--height", $"{Side}"];
        var run = CommandLine.Run([
            "generate",
            "--model",
            _model,
            "--prompt",
            "a photo of a dog",
            "--steps",
            "2",
            "--dtype",
            "float32",
            "--output-dir",
            _folder.File(output),
            .. size,
            .. more,
        ]);
        Assert.True(run.Code == 0, run.Error);
        return PictureReader.Read(Directory.EnumerateFiles(_folder.File(output), "*-0.png").Single());
    }

    private void Refused(string sentence, params string[] more)
    {
        string[] model = more.Contains("--model") ? [] : ["--model", _model];
        var run = CommandLine.Run([
            "generate",
            "--prompt",
            "a dog",
            "--steps",
            "2",
            "--output-dir",
            _folder.File("refused"),
            .. model,
            .. more,
        ]);
        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
    }

    // White lines on black, every so many pixels.
    private static Picture Edges(int width, int height, int every)
    {
        var picture = Picture.Filled(width, height, 0, 0, 0);
        for (var y = 0; y < height; y++)
        {
            var row = picture.Row(y);
            for (var x = 0; x < width; x++)
            {
                if (x % every == 0 || y % every == 0)
                    row.Slice(3 * x, 3).Fill(255);
            }
        }
        return picture;
    }
}
