using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Layouts;

/// <summary>The built-in model and its basis on photographs.</summary>
public sealed class RealPhotoTests
{
    private static readonly string Model = Path.Combine(Golden.Repository, "models", "street-tiny");

    [Theory]
    [InlineData("beacon-street-sunset.jpg")]
    [InlineData("singaporean-cityscape.jpg")]
    public void Mirroring_a_layout_is_nearly_the_layout_of_the_mirrored_photo(string name)
    {
        using var scope = NewDisposeScope();
        using var model = DiffusionModel.Load(Model, Placement.Reference);
        using var basis = LayoutBasis.Load(Path.Combine(Model, "controlnet"));
        var reader = new LayoutExtractor(WorkingSize.Of(model), basis, LayoutAdapter.FeaturesOf(model, basis.Source));
        var photo = Resizing.Cover(PictureReader.Read(Path.Combine(Golden.Repository, "samples", "pictures", name)), 128, 128);
        using var layout = reader.Read(photo).Layout;
        using var mirrored = LayoutEditing.Mirror(layout, MirrorAxis.Horizontal);
        using var ofMirrored = reader.Read(Flipped(photo)).Layout;
        var (same, other) = (Cosine(mirrored, ofMirrored), Cosine(layout, ofMirrored));
        // The noise that is added before features are read is not mirrored with the photo, and the finest components see it.
        Assert.True(same > 0.5 && same > other + 0.03, $"{same:0.000} mirrored, {other:0.000} as it was");
    }

    [Fact]
    public void The_built_in_model_knows_its_own_streets_and_calls_photographs_another_kind()
    {
        using var model = DiffusionModel.Load(Model, Placement.Reference);
        foreach (var index in Enumerable.Range(0, 6))
            Assert.InRange(ForeignPicture.LatentSquare(model, TinyModels.Scene(index, 128, 128)), 0.3, ForeignPicture.LargestLatentSquare);
        foreach (var photo in Directory.EnumerateFiles(Path.Combine(Golden.Repository, "samples", "pictures"), "*.jpg"))
            Assert.True(ForeignPicture.Is(model, Resizing.Cover(PictureReader.Read(photo), 128, 128)), photo);
    }

    [Fact]
    public void A_basis_of_street_photos_warns_of_rooms()
    {
        var root = Environment.GetEnvironmentVariable("LUMEN_TRIAL_DATA");
        if (root is null || !Directory.Exists(Path.Combine(root, "camvid")) || !Directory.Exists(Path.Combine(root, "nyuv2")))
            Assert.Skip("The data sets camvid and nyuv2 are not here: set LUMEN_TRIAL_DATA to a folder that holds them.");
        using var scope = NewDisposeScope();
        using var model = DiffusionModel.Load(Model, Placement.Reference);
        var features = LayoutAdapter.FeaturesOf(model, LayoutFitting.SourceOf(model, "up_blocks[2]", 100));
        var (streets, rooms) = (Every(10, "camvid"), Every(30, "nyuv2"));
        using var basis = LayoutFitting.Fit(features, [.. streets.Where((_, i) => i % 2 == 0)], new BasisOptions { BorderCells = 2 });
        var reader = new LayoutExtractor(WorkingSize.Of(model), basis, features);
        string[] others = [.. streets.Where((_, i) => i % 2 == 1)];
        Assert.InRange(Error(others), 0, basis.Report!.Residuals.Limit(others.Length));
        Assert.True(Error(rooms) > basis.Report.Residuals.Limit(rooms.Length));

        string[] Every(int step, string name) =>
            [.. Directory.EnumerateFiles(Path.Combine(root!, name, "images")).Order(StringComparer.Ordinal).Where((_, i) => i % step == 0)];

        double Error(string[] files) =>
            files.Average(file =>
            {
                using var read = reader.Read(PictureReader.Read(file));
                return read.RelativeError;
            });
    }

    private static double Cosine(NeuralLayout first, NeuralLayout second) =>
        nn.functional.cosine_similarity(first.Map, second.Map, 0).mean().item<float>();

    private static Picture Flipped(Picture picture)
    {
        var flipped = new byte[picture.Rgb.Length];
        for (var pixel = 0; pixel < picture.Width * picture.Height; pixel++)
        {
            var (x, y) = (pixel % picture.Width, pixel / picture.Width);
            picture.Rgb.AsSpan(pixel * 3, 3).CopyTo(flipped.AsSpan((y * picture.Width + picture.Width - 1 - x) * 3));
        }
        return new Picture(picture.Width, picture.Height, flipped);
    }
}
