using Lumen.Conditions;
using Lumen.Imaging;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Cli;

/// <summary>Adapters that were trained here on a condition other than the layout.</summary>
public sealed class TrainedConditionTests(CommandLine cli) : IClassFixture<CommandLine>
{
    [Theory]
    [InlineData("canny", "canny")]
    [InlineData("soft_edge", "soft-edge")]
    public void Edges_are_made_of_the_reference_as_lumen_condition_draws_them(string kindName, string word)
    {
        var kind = new ConditionKind(kindName);
        var adapter = Adapter(word, new ConditionSettings { Kind = kind });
        Assert.Equal(0, CommandLine.Run("condition", cli.Reference, "--kind", word, "--output", cli.File($"{word}.png")).Code);
        var (own, drawn) = (
            Generate($"{word}-own", "--reference", cli.Reference, "--adapter", adapter),
            Generate($"{word}-drawn", "--condition-image", cli.File($"{word}.png"), "--adapter", adapter)
        );
        Assert.Equal(drawn.Rgb, own.Rgb);
        PngWriter.WriteRgb(cli.File("blank.png"), Picture.Filled(TinyModels.Size, TinyModels.Size, 90, 90, 90));
        Assert.NotEqual(own.Rgb, Generate($"{word}-blank", "--reference", cli.File("blank.png"), "--adapter", adapter).Rgb);
    }

    [Fact]
    public void A_label_map_is_read_as_ids_whether_grey_or_palette()
    {
        var adapter = Adapter("labels", new ConditionSettings { Kind = ConditionKind.LabelMap, Classes = 3 });
        byte[] ids = [.. Enumerable.Range(0, TinyModels.Size * TinyModels.Size).Select(i => (byte)(i % 7 == 0 ? 255 : i / 300 % 3))];
        PngWriter.WriteGray8(cli.File("grey.png"), TinyModels.Size, TinyModels.Size, ids);
        PngWriter.WritePalette8(
            cli.File("palette.png"),
            TinyModels.Size,
            TinyModels.Size,
            ids,
            [.. Enumerable.Range(0, 256).Select(i => ((byte)(255 - i), (byte)7, (byte)i))]
        );
        var grey = Generate("grey", "--condition-image", cli.File("grey.png"), "--adapter", adapter);
        Assert.Equal(grey.Rgb, Generate("palette", "--condition-image", cli.File("palette.png"), "--adapter", adapter).Rgb);
        PngWriter.WriteGray8(cli.File("other.png"), TinyModels.Size, TinyModels.Size, Array.ConvertAll(ids, id => id == 0 ? (byte)1 : id));
        Assert.NotEqual(grey.Rgb, Generate("other", "--condition-image", cli.File("other.png"), "--adapter", adapter).Rgb);
        Refused("holds the label 3, but the classes are 0...2", "--condition-image", Ids("strange.png", 3), "--adapter", adapter);
        Refused("Give --condition-image a PNG of class ids", "--reference", cli.Reference, "--adapter", adapter);
    }

    [Fact]
    public void Depth_is_drawn_first_and_any_size_is_taken()
    {
        var adapter = Adapter("depth", new ConditionSettings { Kind = ConditionKind.Depth });
        Refused("lumen condition PICTURE --kind depth", "--reference", cli.Reference, "--adapter", adapter);
        PngWriter.WriteRgb(cli.File("drawn.png"), TinyModels.Scene(1, 45, 37));
        var picture = Generate(
            "depth",
            "--condition-image",
            cli.File("drawn.png"),
            "--adapter",
            adapter,
            "--width",
            "41",
            "--height",
            "27"
        );
        Assert.Equal((41, 27), (picture.Width, picture.Height));
    }

    [Fact]
    public void Adapters_that_do_not_fit_are_refused()
    {
        var canny = Adapter("misfit", new ConditionSettings { Kind = ConditionKind.Canny });
        Refused("--components belongs to neural layouts", "--reference", cli.Reference, "--adapter", canny, "--components", "2");
        new ConditionSettings { Kind = ConditionKind.LabelMap, Classes = 5 }.Save(canny);
        Refused(
            "reads 3 condition channels, but its lumen/condition.json gives 5",
            "--condition-image",
            Ids("five.png", 4),
            "--adapter",
            canny
        );
        File.WriteAllText(Path.Combine(canny, "lumen", "condition.json"), "{ \"kind\": \"sketch\" }");
        Refused("condition.json cannot be used", "--reference", cli.Reference, "--adapter", canny);

        var other = TinyModels.Write(cli.File("other-base"), seed: 9);
        Refused(
            "was trained on tiny",
            "--reference",
            cli.Reference,
            "--adapter",
            Adapter("elsewhere", new ConditionSettings { Kind = ConditionKind.Canny }),
            "--model",
            other
        );
    }

    private string Adapter(string name, ConditionSettings settings)
    {
        TinyModels.WriteAdapter(cli.File($"{name}-adapter"), cli.Model, settings);
        return cli.File($"{name}-adapter");
    }

    private string Ids(string name, byte id)
    {
        PngWriter.WriteGray8(cli.File(name), 32, 32, Enumerable.Repeat(id, 32 * 32).ToArray());
        return cli.File(name);
    }

    private Picture Generate(string output, params string[] more)
    {
        var run = CommandLine.Run([
            "generate",
            "--model",
            cli.Model,
            "--prompt",
            "a street at night",
            "--steps",
            "2",
            "--dtype",
            "float32",
            "--output-dir",
            cli.File($"made-{output}"),
            .. more,
        ]);
        Assert.True(run.Code == 0, run.Error);
        return PictureReader.Read(Directory.EnumerateFiles(cli.File($"made-{output}"), "*-0.png").Single());
    }

    private void Refused(string sentence, params string[] more)
    {
        string[] model = more.Contains("--model") ? [] : ["--model", cli.Model];
        var run = CommandLine.Run(["generate", "--prompt", "fog", "--steps", "2", "--output-dir", cli.File("refused"), .. model, .. more]);
        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
    }
}
