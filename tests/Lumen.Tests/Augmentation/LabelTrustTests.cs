using Lumen.Augmentation;
using Lumen.Datasets;
using Lumen.Imaging;
using Lumen.Tests.Datasets;
using Xunit;

namespace Lumen.Tests.Augmentation;

/// <summary>Masked labels hold nothing that was guessed, and labels that do not lie under their picture are not carried over.</summary>
public sealed class LabelTrustTests(TinyGenerator tiny) : IClassFixture<TinyGenerator>
{
    private const int Width = TinyDatasets.Width,
        Height = TinyDatasets.Height;
    private static readonly AugmentationOptions Masking = TinyGenerator.Options with { IgnoreBelow = 1, Variants = 1, Confidence = false };

    [Fact]
    public void Masks_of_0_and_255_are_not_masked_with_their_foreground()
    {
        var dataset = Labelled(
            "",
            path =>
                PngWriter.WriteGray8(
                    path,
                    Width,
                    Height,
                    [.. Enumerable.Range(0, Width * Height).Select(at => (byte)(at % 3 == 0 ? 255 : 0))]
                )
        );
        var refused = Assert.Throws<LumenException>(() => tiny.Run(dataset, tiny.Fresh(), Masking));
        Assert.Contains("so 255 is their foreground", refused.Message, StringComparison.Ordinal);
        Assert.Contains("`IgnoreLabel`", refused.Message, StringComparison.Ordinal);

        var output = tiny.Fresh();
        tiny.Run(dataset, output, Masking with { IgnoreLabel = 7 });
        Assert.All(
            Manifest.Read(output),
            entry => Assert.All(PngReader.ReadIds(Path.Combine(output, Assert.Single(entry.Extras).File)).Ids, id => Assert.Equal(7, id))
        );
        Assert.Contains(
            "ignore_label was 7 and is nothing",
            Assert.Throws<LumenException>(() => tiny.Run(dataset, output, Masking with { IgnoreBelow = null })).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_class_255_is_not_what_is_ignored()
    {
        var dataset = Labelled(
            string.Concat(Enumerable.Range(0, 320).Select(id => $"class{id}\n")),
            path => PngWriter.WriteGray16(path, Width, Height, [.. Enumerable.Range(0, Width * Height).Select(at => (ushort)(at + 80))])
        );
        Assert.Contains(
            "255 is one of the 320 classes",
            Assert.Throws<LumenException>(() => tiny.Run(dataset, tiny.Fresh(), Masking)).Message,
            StringComparison.Ordinal
        );
        var output = tiny.Fresh();
        tiny.Run(dataset, output, Masking with { IgnoreLabel = 65535, Limit = 1 });
        Assert.All(
            PngReader.ReadGray16(Path.Combine(output, Assert.Single(Assert.Single(Manifest.Read(output)).Extras).File)).Values,
            id => Assert.Equal(65535, id)
        );
    }

    [Fact]
    public void A_palette_stays_one_and_gets_the_colours_it_needs()
    {
        (byte, byte, byte)[] palette = [(0, 0, 0), (128, 0, 0), (0, 128, 0), (1, 2, 3)];
        var dataset = Labelled(
            "a\nb\nc\nd\n",
            path =>
                PngWriter.WritePalette8(path, Width, Height, [.. Enumerable.Range(0, Width * Height).Select(at => (byte)(at % 4))], palette)
        );
        var output = tiny.Fresh();
        tiny.Run(dataset, output, Masking with { Limit = 1 });
        var masked = Path.Combine(output, Assert.Single(Assert.Single(Manifest.Read(output)).Extras).File);
        Assert.Equal(palette, PngReader.ReadPalette(masked).Take(4));
        Assert.All(PngReader.ReadIds(masked).Ids, id => Assert.Equal(255, id));
    }

    [Fact]
    public void Colours_of_classes_are_masked_with_the_colour_of_void()
    {
        var dataset = Labelled(
            "",
            path => PngWriter.WriteRgb(path, Picture.Filled(Width, Height, 10, 20, 30)),
            ("class_dict.csv", "name,r,g,b\nsky,10,20,30\nvoid,5,6,7\n")
        );
        var output = tiny.Fresh();
        tiny.Run(dataset, output, Masking with { Limit = 1 });
        Assert.Equal(
            ((byte)5, (byte)6, (byte)7),
            PictureReader.Read(Path.Combine(output, Assert.Single(Assert.Single(Manifest.Read(output)).Extras).File)).At(3, 3)
        );

        var bare = Labelled(
            "",
            path => PngWriter.WriteRgb(path, Picture.Filled(Width, Height, 10, 20, 30)),
            ("class_dict.csv", "name,r,g,b\nsky,10,20,30\nroad,5,6,7\n")
        );
        Assert.Contains(
            "draws classes in colours, and no class with the id 255 has one",
            Assert.Throws<LumenException>(() => tiny.Run(bare, tiny.Fresh(), Masking)).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("GT")]
    [InlineData("depth")]
    [InlineData("normals")]
    [InlineData("traced")]
    public void A_label_of_another_size_costs_its_picture_whatever_its_folder(string folder)
    {
        var (root, output) = (tiny.Fresh(), tiny.Fresh());
        var data = new TinyDatasets(root);
        foreach (var name in new[] { "a", "b" })
        {
            var (width, height) = name == "b" ? (Width / 2, Height / 2) : (Width, Height);
            data.Picture($"images/{name}.png");
            if (folder == "depth")
                PngWriter.WriteGray16(Path.Combine(root, folder, $"{name}.png"), width, height, new ushort[width * height]);
            else if (folder == "normals")
                PngWriter.WriteRgb(Path.Combine(root, folder, $"{name}.png"), Picture.Filled(width, height, 128, 128, 255));
            else
                PngWriter.WriteGray8(Path.Combine(root, folder, $"{name}.png"), width, height, new byte[width * height]);
        }
        var results = tiny.Run(DatasetFormats.Open(root), output, TinyGenerator.Options with { Variants = 1 });
        Assert.Contains(
            $"images/b.png is 20 x 12 but {folder}/b.png is 10 x 6",
            Assert.Single(results, result => result.Failure is not null).Failure,
            StringComparison.Ordinal
        );
        Assert.Equal("images/a.png", Assert.Single(Manifest.Read(output)).Source);
    }

    [Fact]
    public void A_new_picture_of_one_with_a_caption_in_a_text_file_has_its_prompt_in_one()
    {
        var (root, output) = (tiny.Fresh(), tiny.Fresh());
        var data = new TinyDatasets(root);
        data.Picture("images/a.png");
        data.Picture("images/b.png");
        data.Text("images/a.txt", "a street by day\n");
        var dataset = DatasetFormats.Open(root);
        tiny.Run(dataset, output, TinyGenerator.Options with { Variants = 1 }, PromptMatrix.Single("fog", ""));
        Assert.Equal("fog\n", File.ReadAllText(Path.Combine(output, "images", "a_lumen0.txt")));
        Assert.False(File.Exists(Path.Combine(output, "images", "b_lumen0.txt")));
        Assert.Equal("a street by day\n", File.ReadAllText(Path.Combine(output, "images", "a.txt")));
        Assert.True(Verification.Run(output).IsSound);
    }

    [Fact]
    public void Held_out_parts_of_any_such_name_are_refused_unless_asked_for()
    {
        var root = tiny.Fresh();
        var data = new TinyDatasets(root);
        foreach (var name in new[] { "train/a", "val2017_small/b" })
        {
            data.Picture($"images/{name}.png");
            data.Ids($"labels/{name}.png");
        }
        var dataset = DatasetFormats.Open(root);
        Assert.Contains(
            "is held out",
            Assert
                .Throws<LumenException>(() => tiny.Run(dataset, tiny.Fresh(), TinyGenerator.Options with { Split = "val2017_small" }))
                .Message,
            StringComparison.Ordinal
        );
        var output = tiny.Fresh();
        tiny.Run(dataset, output, TinyGenerator.Options with { Split = "val2017_small", AllowHeldOut = true, Variants = 1 });
        Assert.Equal("images/val2017_small/b.png", Assert.Single(Manifest.Read(output), entry => entry.Item is not null).Source);
    }

    private Dataset Labelled(string classes, Action<string> write, params (string Name, string Text)[] files)
    {
        var root = tiny.Fresh();
        var data = new TinyDatasets(root);
        for (var at = 0; at < 2; at++)
        {
            data.Picture($"images/p{at}.png");
            Directory.CreateDirectory(Path.Combine(root, "masks"));
            write(Path.Combine(root, "masks", $"p{at}.png"));
        }
        if (classes.Length > 0)
            data.Text("classes.txt", classes);
        foreach (var (name, text) in files)
            data.Text(name, text);
        return DatasetFormats.Open(root);
    }
}
