using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Cli;

/// <summary>Layouts of DINO, DINOv2 and CLIP from the command line.</summary>
public sealed class BackboneCommandTests(CommandLine cli) : IClassFixture<CommandLine>
{
    private static readonly string Dinov2 = Golden.Folder("dinov2/reg4");

    [Theory]
    [InlineData("dino", "dino/p8/hf", "blocks[2]", "key", 24)]
    [InlineData("dinov2", "dinov2/reg4", "blocks[1]", "token", 16)]
    [InlineData("clip", "clip_vision/p16", "blocks[1]", "token", 24)]
    public void A_basis_is_fitted_to_a_backbones_features_and_reads_layouts(
        string family,
        string golden,
        string layer,
        string facet,
        int channels
    )
    {
        var weights = Golden.Folder(golden);
        var folder = cli.File(family);
        var fit = Fit(folder, "--backbone", family, "--weights", weights);
        Assert.True(fit.Code == 0, fit.Error);
        Assert.Contains($"{layer} {facet}, {channels} channels", fit.Output, StringComparison.Ordinal);
        using var basis = LayoutBasis.Load(folder);
        Assert.Equal((layer, facet, channels), (basis.Source.Layer, basis.Source.Facet, basis.Source.Channels));

        var extract = CommandLine.Run(
            "layout",
            "extract",
            "--reference",
            cli.Reference,
            "--basis",
            folder,
            "--backbone-weights",
            weights,
            "--output",
            $"{folder}/street.safetensors"
        );
        Assert.True(extract.Code == 0, extract.Error);
        using var layout = NeuralLayout.Load($"{folder}/street.safetensors");
        layout.Require(basis);

        var show = CommandLine.Run(
            "layout",
            "show",
            "--reference",
            cli.Reference,
            "--basis",
            folder,
            "--backbone-weights",
            weights,
            "--output-dir",
            $"{folder}/shown"
        );
        Assert.True(show.Code == 0, show.Error);
        Assert.True(File.Exists($"{folder}/shown/street-layout.png"));
    }

    [Fact]
    public void Layer_facet_and_size_are_the_users_choice()
    {
        var fit = Fit(
            cli.File("chosen"),
            "--backbone",
            "dino",
            "--weights",
            Golden.Folder("dino/p8"),
            "--layer",
            "-2",
            "--facet",
            "value",
            "--resolution",
            "64"
        );
        Assert.True(fit.Code == 0, fit.Error);
        using var basis = LayoutBasis.Load(cli.File("chosen"));
        Assert.Equal(("blocks[1]", "value", 64), (basis.Source.Layer, basis.Source.Facet, basis.Source.ImageSize));
    }

    [Fact]
    public void An_adapter_on_a_backbones_layouts_generates()
    {
        TinyModels.WriteAdapter(cli.File("on-dinov2"), cli.Model, backbone: Dinov2);
        var made = cli.Generate(
            cli.File("made"),
            "--adapter",
            cli.File("on-dinov2"),
            "--backbone-weights",
            Dinov2,
            "--width",
            "48",
            "--height",
            "32"
        );
        Assert.True(made.Code == 0, made.Error);
        var picture = PictureReader.Read(cli.File("made/street-0.png"));
        Assert.Equal((48, 32), (picture.Width, picture.Height));

        var without = cli.Generate(cli.File("made"), "--adapter", cli.File("on-dinov2"));
        Assert.Equal(2, without.Code);
        Assert.Contains("The layout basis was fitted on dinov2-vit16x2-14-reg4", without.Error, StringComparison.Ordinal);
        Assert.Contains("Give --backbone-weights their file or folder", without.Error, StringComparison.Ordinal);

        var other = cli.Generate(cli.File("made"), "--adapter", cli.File("on-dinov2"), "--backbone-weights", Golden.Folder("dinov2/vit"));
        Assert.Equal(2, other.Code);
        Assert.Contains("backbone dinov2-vit18x3-14 against dinov2-vit16x2-14-reg4", other.Error, StringComparison.Ordinal);

        var needless = cli.Generate(cli.File("made"), "--backbone-weights", Dinov2);
        Assert.Equal(2, needless.Code);
        Assert.Contains(
            "was fitted on the diffusion model's own U-Net, not on dinov2-vit16x2-14-reg4. Leave out --backbone-weights",
            needless.Error,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("The backbone dinov2 needs its weights. Give --weights", "--backbone", "dinov2")]
    [InlineData("--weights means nothing for the backbone stable-diffusion", "--weights", "x.safetensors")]
    [InlineData("--ensemble means nothing for the backbone dinov2", "--backbone", "dinov2", "--ensemble", "4")]
    [InlineData("--resolution means nothing for the backbone stable-diffusion", "--resolution", "64")]
    [InlineData("--timestep means nothing for the backbone dinov2", "--backbone", "dinov2", "--timestep", "100")]
    [InlineData("--backbone must be stable-diffusion, dinov2, mae, siglip, dino or clip but is \"dinov3\"", "--backbone", "dinov3")]
    [InlineData("There is no file /nowhere", "--backbone", "dino", "--weights", "/nowhere")]
    [InlineData(
        "The layer \"7\" is not known; dinov2-vit16x2-14-reg4 has the layers 0 to 1",
        "--backbone",
        "dinov2",
        "--weights",
        "DINOV2",
        "--layer",
        "7"
    )]
    [InlineData(
        "--facet must be token, key, query or value but is \"keys\"",
        "--backbone",
        "dinov2",
        "--weights",
        "DINOV2",
        "--facet",
        "keys"
    )]
    [InlineData(
        "must be a multiple of its patch, 14 pixels, but is 64. 70 would do",
        "--backbone",
        "dinov2",
        "--weights",
        "DINOV2",
        "--resolution",
        "64"
    )]
    [InlineData(
        "holds dinov2-vit16x2-14-reg4, not a network of the family clip. Give --backbone dinov2",
        "--backbone",
        "clip",
        "--weights",
        "DINOV2"
    )]
    [InlineData(
        "99 components were asked for, but the features of blocks[1] have only 16 channels",
        "--backbone",
        "dinov2",
        "--weights",
        "DINOV2",
        "--components",
        "99"
    )]
    [InlineData("holds no backbone that is known here", "--backbone", "dino", "--weights", "UNET")]
    public void What_does_not_fit_is_refused(string sentence, params string[] options)
    {
        string[] given =
        [
            .. options.Select(option =>
                option switch
                {
                    "DINOV2" => Dinov2,
                    "UNET" => Path.Combine(cli.Model, "unet"),
                    _ => option,
                }
            ),
        ];
        var fit = CommandLine.Run([
            "layout",
            "fit",
            "--images",
            Path.GetDirectoryName(cli.Reference)!,
            "--output-dir",
            cli.File("refused"),
            .. given,
        ]);
        Assert.Equal(2, fit.Code);
        Assert.Contains(sentence, fit.Error, StringComparison.Ordinal);
    }

    private CommandLine.Outcome Fit(string folder, params string[] options) =>
        CommandLine.Run([
            "layout",
            "fit",
            "--images",
            Path.GetDirectoryName(cli.Reference)!,
            "--components",
            "4",
            "--output-dir",
            folder,
            .. options,
        ]);
}
