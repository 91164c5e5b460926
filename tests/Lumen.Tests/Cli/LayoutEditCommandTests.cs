using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Testing;
using SkiaSharp;
using Xunit;

namespace Lumen.Tests.Cli;

public sealed class LayoutEditCommandTests(CommandLine cli) : IClassFixture<CommandLine>
{
    [Fact]
    public void A_picture_is_edited_drawn_and_generated_from()
    {
        var half = Half("half.png", SKColors.White);
        var mixed = Done("mix", Stored(0), Other(), "--mask", half);
        Assert.Contains("changed  128 of 256 cells", mixed.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(cli.File("mix-edit.png")));
        var run = CommandLine.Run(
            "generate",
            "--model",
            cli.Model,
            "--layout",
            cli.File("mix.safetensors"),
            "--prompt",
            "fog",
            "--steps",
            "2",
            "--output-dir",
            cli.File("from-mix")
        );
        Assert.True(run.Code == 0, run.Error);
        var plain = CommandLine.Run(
            "generate",
            "--model",
            cli.Model,
            "--layout",
            Stored(0),
            "--prompt",
            "fog",
            "--steps",
            "2",
            "--output-dir",
            cli.File("from-plain")
        );
        Assert.True(plain.Code == 0, plain.Error);
        Assert.NotEqual(PictureReader.Read(cli.File("from-plain/0-0.png")).Rgb, PictureReader.Read(cli.File("from-mix/mix-0.png")).Rgb);
    }

    [Fact]
    public void Every_edit_writes_what_the_library_makes()
    {
        Equal("erase", layout => LayoutEditing.Erase(layout, LayoutMask.Of(new PixelRegion(4, 8, 12, 6), layout)), "--region", "4,8,12,6");
        Equal(
            "paste",
            layout => LayoutEditing.Paste(layout, layout, new PixelRegion(0, 0, 8, 8), (16, -4)),
            Stored(0),
            "--region",
            "0,0,8,8",
            "--to",
            "16,-4"
        );
        Equal("mirror", layout => LayoutEditing.Mirror(layout, MirrorAxis.Horizontal));
        Equal("mirror", layout => LayoutEditing.Mirror(layout, MirrorAxis.Vertical), "--axis", "vertical");
        Equal("rotate", layout => LayoutEditing.Rotate(layout, 5), "--seed", "5");
        Equal("rotate", layout => LayoutEditing.RotateBack(layout, 1), "--inverse");
        Equal("keep", layout => LayoutEditing.Keep(layout, [1, 3, 4]), "1,3-4");
        Equal("drop", layout => LayoutEditing.Drop(layout, [2]), "2");
        Equal("scale", layout => LayoutEditing.Scale(layout, [1, 2], -1.5), "1-2", "--factor", "-1.5");
        Equal(
            "mix",
            layout => LayoutEditing.Mix(layout, LayoutEditing.Mirror(layout, MirrorAxis.Horizontal), LayoutMask.Everything(layout) * 0.25f),
            Mirrored(),
            "--amount",
            "0.25"
        );
        Equal(
            "mix",
            layout =>
                LayoutEditing.Mix(
                    layout,
                    LayoutEditing.Mirror(layout, MirrorAxis.Horizontal),
                    LayoutMask.Of(new PixelRegion(0, 0, 8, 8), layout)
                ),
            Mirrored(),
            "--region",
            "0,0,8,8"
        );
    }

    [Fact]
    public void An_edit_of_an_edit_remembers_both_and_leaves_what_it_was_made_from()
    {
        var (once, file) = (cli.File("once.safetensors"), cli.File("twice.safetensors"));
        Assert.Equal(0, CommandLine.Run("layout", "mirror", Stored(0), "--output", once).Code);
        Assert.Equal(2, CommandLine.Run("layout", "mirror", once, "--output", once).Code);
        Assert.Equal(0, CommandLine.Run("layout", "mirror", once, "--output", file).Code);
        using var twice = NeuralLayout.Load(file);
        using var before = NeuralLayout.Load(Stored(0));
        TensorAssert.Same(before.Map, twice.Map);
        Assert.Equal(2, twice.Edits.Count);
    }

    [Fact]
    public void A_picture_is_mixed_with_one_of_another_size()
    {
        var wide = cli.File("wide.png");
        PngWriter.WriteRgb(wide, TinyModels.Scene(2, 70, 40));
        Done("mix", cli.Reference, wide, "--amount", "0.5");
        using var mixed = NeuralLayout.Load(cli.File("mix.safetensors"));
        Assert.Equal((TinyModels.Size, TinyModels.Size), (mixed.ImageWidth, mixed.ImageHeight));
    }

    [Fact]
    public void Transparency_in_a_mask_counts_as_black()
    {
        var mixed = Done("erase", Stored(0), "--mask", Half("transparent.png", SKColors.White, SKColors.Transparent));
        Assert.Contains("changed  128 of 256 cells", mixed.Output, StringComparison.Ordinal);
        Assert.Contains(
            "is black everywhere",
            Refused("erase", Stored(0), "--mask", Half("strokes.png", SKColors.Black, SKColors.Transparent)),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void An_edit_that_changes_nothing_says_so()
    {
        var run = CommandLine.Run("layout", "scale", Stored(0), "1-4", "--factor", "1", "--output", cli.File("same.safetensors"));
        Assert.Equal(0, run.Code);
        Assert.Contains("warning: The edit changes nothing", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Layouts_of_two_bases_are_refused_with_the_difference_named()
    {
        var model = TinyModels.Write(cli.File("another-model"), seed: 5);
        var foreign = cli.File("foreign.safetensors");
        Assert.Equal(0, CommandLine.Run("layout", "extract", "--model", model, "--reference", cli.Reference, "--output", foreign).Code);
        Assert.Contains(
            "do not belong to one basis (first against second: weights",
            Refused("mix", Stored(0), foreign, "--amount", "0.5"),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "do not belong to one basis",
            Refused("paste", cli.Reference, foreign, "--region", "0,0,8,8"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Masks_that_cannot_be_used_are_refused()
    {
        File.WriteAllText(cli.File("text.png"), "no picture");
        PngWriter.WriteRgb(cli.File("coloured.png"), TinyModels.Scene(0));
        File.WriteAllBytes(cli.File("mask.jpg"), Jpeg());
        Assert.Contains("does not exist", Refused("erase", Stored(0), "--mask", cli.File("absent.png")), StringComparison.Ordinal);
        Assert.Contains(
            "is not a picture that can be read",
            Refused("erase", Stored(0), "--mask", cli.File("text.png")),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "must be black, white and grey",
            Refused("erase", Stored(0), "--mask", cli.File("coloured.png")),
            StringComparison.Ordinal
        );
        Assert.Contains("must be a PNG", Refused("erase", Stored(0), "--mask", cli.File("mask.jpg")), StringComparison.Ordinal);
        Assert.Contains(
            "is black everywhere",
            Refused("mix", Stored(0), Stored(0), "--mask", Half("black.png", SKColors.Black)),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "Give either --mask FILE or --region",
            Refused("erase", Stored(0), "--mask", Half("both.png", SKColors.White), "--region", "0,0,8,8"),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("Say what to erase", "erase")]
    [InlineData("Say where B is taken", "mix", "LAYOUT")]
    [InlineData("--amount must be 0 to 1 but is 1.5", "mix", "LAYOUT", "--amount", "1.5")]
    [InlineData("--region must be X,Y,WIDTH,HEIGHT in pixels, such as 32,64,48,48, but is \"1,2,3\"", "erase", "--region", "1,2,3")]
    [InlineData(
        "--region must be X,Y,WIDTH,HEIGHT in pixels, such as 32,64,48,48, but is \"1,2,3,99999999999\"",
        "erase",
        "--region",
        "1,2,3,99999999999"
    )]
    [InlineData("The region 0,0,33,8 must have sides", "erase", "--region", "0,0,33,8")]
    [InlineData("--to must be X,Y in pixels, such as 32,64, but is \"left\"", "paste", "LAYOUT", "--region", "0,0,8,8", "--to", "left")]
    [InlineData("pasted at 32,0 lies outside", "paste", "LAYOUT", "--region", "0,0,8,8", "--to", "32,0")]
    [InlineData("'--region' is required", "paste", "LAYOUT")]
    [InlineData("--axis must be horizontal or vertical but is \"diagonal\"", "mirror", "--axis", "diagonal")]
    [InlineData("--seed must be a whole number of 0 or more but is \"-1\"", "rotate", "--seed", "-1")]
    [InlineData("There is no component 5: the layout has components 1 to 4", "keep", "1-5")]
    [InlineData("LIST must name components, such as 4 or 1-8 or 1,3,5-7, but is \"0\"", "keep", "0")]
    [InlineData("LIST must name components, such as 4 or 1-8 or 1,3,5-7, but is \"4-2\"", "drop", "4-2")]
    [InlineData("LIST must name components, such as 4 or 1-8 or 1,3,5-7, but is \"1-2-3\"", "drop", "1-2-3")]
    [InlineData("LIST must name components, such as 4 or 1-8 or 1,3,5-7, but is \"1-2000000000\"", "drop", "1-2000000000")]
    [InlineData("--factor must be a number but is \"twice\"", "scale", "1", "--factor", "twice")]
    [InlineData("'--factor' is required", "scale", "1")]
    public void What_cannot_be_done_is_refused(string sentence, string verb, params string[] arguments) =>
        Assert.Contains(
            sentence,
            Refused(verb, [Stored(0), .. arguments.Select(argument => argument == "LAYOUT" ? Stored(0) : argument)]),
            StringComparison.Ordinal
        );

    [Fact]
    public void Files_that_are_no_layouts_and_outputs_of_another_kind_are_refused()
    {
        Assert.Contains(
            "is not a neural layout",
            Refused("mirror", Path.Combine(cli.Model, "unet", "diffusion_pytorch_model.safetensors")),
            StringComparison.Ordinal
        );
        Assert.Contains("absent", Refused("mirror", cli.File("absent.safetensors")), StringComparison.Ordinal);
        var run = CommandLine.Run("layout", "mirror", Stored(0), "--output", cli.File("out.png"));
        Assert.Equal(2, run.Code);
        Assert.Contains("--output must be a .safetensors file", run.Error, StringComparison.Ordinal);
    }

    private static byte[] Jpeg()
    {
        using var bitmap = new SKBitmap(32, 32, SKColorType.Rgba8888, SKAlphaType.Opaque);
        bitmap.Erase(SKColors.White);
        return bitmap.Encode(SKEncodedImageFormat.Jpeg, 90).ToArray();
    }

    // The right half in one colour, the left in another.
    private string Half(string name, SKColor right, SKColor? left = null)
    {
        using var bitmap = new SKBitmap(64, 64, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        bitmap.Erase(left ?? SKColors.Black);
        for (var y = 0; y < 64; y++)
        for (var x = 32; x < 64; x++)
            bitmap.SetPixel(x, y, right);
        File.WriteAllBytes(cli.File(name), bitmap.Encode(SKEncodedImageFormat.Png, 100).ToArray());
        return cli.File(name);
    }

    private string Stored(int scene)
    {
        var (picture, file) = (cli.File($"scene-{scene}.png"), cli.File($"{scene}.safetensors"));
        if (File.Exists(file))
            return file;
        PngWriter.WriteRgb(picture, TinyModels.Scene(scene));
        var run = CommandLine.Run("layout", "extract", "--model", cli.Model, "--reference", picture, "--output", file);
        Assert.True(run.Code == 0, run.Error);
        return file;
    }

    private string Other() => Stored(1);

    private string Mirrored()
    {
        using var layout = NeuralLayout.Load(Stored(0));
        using var mirrored = LayoutEditing.Mirror(layout, MirrorAxis.Horizontal);
        mirrored.Save(cli.File("mirrored.safetensors"));
        return cli.File("mirrored.safetensors");
    }

    private void Equal(string verb, Func<NeuralLayout, NeuralLayout> edit, params string[] arguments)
    {
        Done(verb, [Stored(0), .. arguments]);
        using var before = NeuralLayout.Load(Stored(0));
        using var expected = edit(before);
        using var written = NeuralLayout.Load(cli.File($"{verb}.safetensors"));
        TensorAssert.Same(expected.Map, written.Map);
        Assert.Equal(expected.Edits, written.Edits);
    }

    private CommandLine.Outcome Done(string verb, params string[] arguments)
    {
        var run = CommandLine.Run(["layout", verb, .. arguments, "--model", cli.Model, "--output", cli.File($"{verb}.safetensors")]);
        Assert.True(run.Code == 0, run.Error);
        return run;
    }

    private string Refused(string verb, params string[] arguments)
    {
        var output = cli.File($"refused-{Guid.NewGuid():N}.safetensors");
        var run = CommandLine.Run(["layout", verb, .. arguments, "--model", cli.Model, "--output", output]);
        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(output));
        return run.Error;
    }
}
