using System.Text.Json.Nodes;
using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Cli;

public sealed class LayoutCommandTests(CommandLine cli) : IClassFixture<CommandLine>
{
    [Fact]
    public void A_basis_is_fitted_to_a_folder_and_extracts_and_shows_layouts()
    {
        var pictures = cli.File("pictures");
        for (var index = 0; index < 3; index++)
            PngWriter.WriteRgb(Path.Combine(pictures, $"{index}.png"), TinyModels.Scene(index, 40 + index, 32));
        var fit = CommandLine.Run(
            "layout",
            "fit",
            "--model",
            cli.Model,
            "--images",
            pictures,
            "--components",
            "5",
            "--layer",
            "up_blocks[1]",
            "--normalisation",
            "centre",
            "--output-dir",
            cli.File("basis")
        );
        Assert.True(fit.Code == 0, fit.Error);
        using var basis = LayoutBasis.Load(cli.File("basis"));
        Assert.Equal((5, FeatureNormalisation.Centre, "up_blocks[1]"), (basis.Components, basis.Options.Normalisation, basis.Source.Layer));
        Assert.True(File.Exists(cli.File("basis/variance.png")));
        Assert.True(File.Exists(cli.File("basis/layouts.png")));

        var extract = CommandLine.Run(
            "layout",
            "extract",
            "--model",
            cli.Model,
            "--images",
            pictures,
            "--basis",
            cli.File("basis"),
            "--output",
            cli.File("layouts")
        );
        Assert.True(extract.Code == 0, extract.Error);
        using var layout = NeuralLayout.Load(cli.File("layouts/2.safetensors"));
        layout.Require(basis);

        var show = CommandLine.Run(
            "layout",
            "show",
            cli.File("layouts/2.safetensors"),
            "--basis",
            cli.File("basis"),
            "--output-dir",
            cli.File("shown")
        );
        Assert.True(show.Code == 0, show.Error);
        Assert.Equal(
            ["2-components.png", "2-layout.png", "2-variance.png"],
            Directory.EnumerateFiles(cli.File("shown")).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void The_fit_reports_its_guards_and_records_them()
    {
        var pictures = cli.File("streets");
        for (var index = 0; index < 6; index++)
            PngWriter.WriteRgb(Path.Combine(pictures, $"{index}.png"), TinyModels.Scene(index));
        string[] fit = ["layout", "fit", "--model", cli.Model, "--images", pictures, "--components", "2", "--layer", "up_blocks[1]"];
        var plain = CommandLine.Run([.. fit, "--output-dir", cli.File("unguarded")]);
        Assert.True(plain.Code == 0, plain.Error);
        Assert.Contains("2 of 8 components to 6 pictures", plain.Output, StringComparison.Ordinal);
        Assert.Matches(@"borders  the outermost rings of cells have \d+\.\d\d, \d+\.\d\d, \d+\.\d\d times", plain.Output);
        Assert.Matches(@"outliers \d+\.\d\d % of the cells exceed 4 times", plain.Output);
        Assert.Matches(@"position correlation with column and row.*PC 1 x [+-]\d\.\d\d y [+-]\d\.\d\d, \d+ %; PC 2", plain.Output);
        var guarded = CommandLine.Run([
            .. fit,
            "--output-dir",
            cli.File("guarded"),
            "--border-cells",
            "2",
            "--max-norm-ratio",
            "2.5",
            "--subtract-position-mean",
        ]);
        Assert.True(guarded.Code == 0, guarded.Error);
        Assert.Contains("; 2 left out of the fit", guarded.Output, StringComparison.Ordinal);
        Assert.Contains("exceed 2.5 times their picture's median norm", guarded.Output, StringComparison.Ordinal);
        Assert.Contains("the mean of each position was subtracted", guarded.Output, StringComparison.Ordinal);
        using (var basis = LayoutBasis.Load(cli.File("guarded")))
            Assert.Equal(
                new BasisOptions
                {
                    Components = 2,
                    BorderCells = 2,
                    MaxNormRatio = 2.5,
                    SubtractPositionMean = true,
                },
                basis.Options
            );
    }

    [Fact]
    public void Pictures_that_the_basis_reconstructs_badly_are_warned_of_wherever_a_layout_is_read()
    {
        var strict = cli.File("strict");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(cli.Model, "controlnet"), "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(strict, Path.GetRelativePath(Path.Combine(cli.Model, "controlnet"), file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
        }
        // As if the pictures of the fit had been far simpler than any other.
        var path = Path.Combine(strict, "lumen", "layout.json");
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        json["report"]!["residuals"] = JsonNode.Parse("""{ "pictures": 4, "mean": 0.001, "deviation": 0.0001, "largest": 0.0012 }""");
        File.WriteAllText(path, json.ToJsonString());

        const string One = "warning: The basis was fitted to pictures of another kind. It leaves out ";
        string[] model = ["--model", cli.Model, "--basis", strict];
        Assert.Matches(
            One + @"\d+\.\d % of the features of street.png, but 0.1 % of those it was fitted to \(0.1 % at most\)",
            Warned("layout", "extract", "--reference", cli.Reference, "--output", cli.File("warned.safetensors"))
        );
        Assert.Contains(
            One,
            Warned("layout", "show", "--reference", cli.Reference, "--output-dir", cli.File("warned")),
            StringComparison.Ordinal
        );
        Assert.Contains(
            One,
            Warned("layout", "mirror", cli.Reference, "--output", cli.File("warned.safetensors")),
            StringComparison.Ordinal
        );
        Assert.Contains(
            One,
            CommandLine
                .Run(
                    "generate",
                    "--model",
                    cli.Model,
                    "--adapter",
                    strict,
                    "--reference",
                    cli.Reference,
                    "--prompt",
                    "fog",
                    "--steps",
                    "1",
                    "--output-dir",
                    cli.File("warned")
                )
                .Error,
            StringComparison.Ordinal
        );
        var pictures = cli.File("two");
        for (var index = 0; index < 2; index++)
            PngWriter.WriteRgb(Path.Combine(pictures, $"{index}.png"), TinyModels.Scene(index));
        Assert.Contains(
            "% of the features of these 2 pictures on average (",
            Warned("layout", "extract", "--images", pictures, "--output", cli.File("two-layouts")),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(
            "warning",
            CommandLine
                .Run("layout", "extract", "--model", cli.Model, "--reference", cli.Reference, "--output", cli.File("known.safetensors"))
                .Error,
            StringComparison.Ordinal
        );

        string Warned(params string[] arguments)
        {
            var run = CommandLine.Run([.. arguments, .. model]);
            Assert.True(run.Code == 0, run.Error);
            return run.Error;
        }
    }

    [Fact]
    public void Several_blocks_at_once_and_facets_are_fitted_and_read()
    {
        var pictures = Path.GetDirectoryName(cli.Reference)!;
        var fit = CommandLine.Run(
            "layout",
            "fit",
            "--model",
            cli.Model,
            "--images",
            pictures,
            "--components",
            "6",
            "--layer",
            "up_blocks[0]+up_blocks[1]",
            "--ensemble",
            "2",
            "--output-dir",
            cli.File("blocks")
        );
        Assert.True(fit.Code == 0, fit.Error);
        using var basis = LayoutBasis.Load(cli.File("blocks"));
        Assert.Equal(("16+8", 24, 2), (basis.Source.ChannelGroups, basis.Source.Channels, basis.Source.Ensemble));
        var extract = CommandLine.Run(
            "layout",
            "extract",
            "--model",
            cli.Model,
            "--reference",
            cli.Reference,
            "--basis",
            cli.File("blocks"),
            "--output",
            cli.File("blocks/street.safetensors")
        );
        Assert.True(extract.Code == 0, extract.Error);
        using var layout = NeuralLayout.Load(cli.File("blocks/street.safetensors"));
        Assert.Equal([6, 16, 16], layout.Map.shape);

        fit = CommandLine.Run(
            "layout",
            "fit",
            "--model",
            cli.Model,
            "--images",
            pictures,
            "--components",
            "6",
            "--layer",
            "up_blocks[0]",
            "--facet",
            "key",
            "--output-dir",
            cli.File("keys")
        );
        Assert.True(fit.Code == 0, fit.Error);
        using var keys = LayoutBasis.Load(cli.File("keys"));
        Assert.Equal(("key", 16), (keys.Source.Facet, keys.Source.Channels));
    }

    [Fact]
    public void A_picture_is_shown_with_the_adapters_basis()
    {
        var show = CommandLine.Run(
            "layout",
            "show",
            "--reference",
            cli.Reference,
            "--model",
            cli.Model,
            "--output-dir",
            cli.File("street")
        );
        Assert.True(show.Code == 0, show.Error);
        var drawn = PictureReader.Read(cli.File("street/street-layout.png"));
        Assert.Equal((TinyModels.Size, TinyModels.Size), (drawn.Width, drawn.Height));
    }

    [Fact]
    public void More_components_than_channels_are_refused()
    {
        var fit = CommandLine.Run(
            "layout",
            "fit",
            "--model",
            cli.Model,
            "--images",
            Path.GetDirectoryName(cli.Reference)!,
            "--components",
            "99",
            "--layer",
            "up_blocks[1]",
            "--output-dir",
            cli.File("refused")
        );
        Assert.Equal(2, fit.Code);
        Assert.Contains(
            "99 components were asked for, but the features of up_blocks[1] have only 8 channels",
            fit.Error,
            StringComparison.Ordinal
        );
        Assert.False(Directory.Exists(cli.File("refused")));
    }

    [Theory]
    [InlineData("--layer", "up_blocks[9]", "The feature layer \"up_blocks[9]\" is not known")]
    [InlineData("--layer", "up_blocks[1]+up_blocks[1]", "names up_blocks[1] twice")]
    [InlineData(
        "--layer",
        "up_blocks[0]+mid_block",
        "\"up_blocks[0]+mid_block\" is not known; this U-Net has up_blocks[0] to up_blocks[1], several are joined with +"
    )]
    [InlineData("--facet", "key", "up_blocks[1] of this U-Net has no attention and so no key. Attention is in up_blocks[0].")]
    [InlineData("--ensemble", "0", "--ensemble must be 1 to 64 but is 0")]
    [InlineData("--timestep", "1000", "--timestep must be 0 to 999 but is 1000")]
    [InlineData("--border-cells", "-1", "border cells must not be negative but is -1")]
    [InlineData("--border-cells", "16", "Leaving out 16 border cells leaves nothing of a 16x16 grid")]
    [InlineData("--max-norm-ratio", "0.5", "the norm ratio must be at least 1 but is 0.5")]
    [InlineData("--max-norm-ratio", "much", "--max-norm-ratio must be a number but is \"much\"")]
    [InlineData("--images", "/nowhere", "There is no folder of pictures at /nowhere")]
    public void What_cannot_be_fitted_is_refused(string option, string value, string sentence)
    {
        string[] layer = option == "--layer" ? [] : ["--layer", "up_blocks[1]"];
        string[] images = option == "--images" ? [] : ["--images", Path.GetDirectoryName(cli.Reference)!];
        var fit = CommandLine.Run([
            "layout",
            "fit",
            "--model",
            cli.Model,
            "--components",
            "4",
            "--output-dir",
            cli.File("out"),
            .. images,
            .. layer,
            option,
            value,
        ]);
        Assert.Equal(2, fit.Code);
        Assert.Contains(sentence, fit.Error, StringComparison.Ordinal);
    }
}
