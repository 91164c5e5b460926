using System.Text.Json;
using Lumen.Core.Tensors;
using Lumen.Imaging;
using Lumen.Testing;
using Lumen.Training;
using Lumen.Training.Data;
using Xunit;

namespace Lumen.Tests.Data;

public sealed class AspectBucketTests : IDisposable
{
    private readonly PhotoFolder _photos = new PhotoFolder();

    public void Dispose() => _photos.Dispose();

    [Theory]
    [InlineData(512, 64, 9)]
    [InlineData(768, 64, 13)]
    [InlineData(64, 8, 9)]
    [InlineData(64, 64, 1)]
    public void The_usual_shapes_are_multiples_no_larger_than_the_square_and_mirror_each_other(int resolution, int multiple, int count)
    {
        var shapes = AspectBuckets.Usual.For(resolution, multiple);
        Assert.Contains(new PictureShape(resolution, resolution), shapes);
        Assert.Distinct(shapes);
        Assert.All(
            shapes,
            shape =>
            {
                Assert.Equal((0, 0), (shape.Width % multiple, shape.Height % multiple));
                Assert.True(shape.Area <= resolution * resolution, $"{shape}");
                Assert.InRange(Math.Max(shape.Width, shape.Height), resolution, 2 * resolution);
                Assert.InRange(Math.Min(shape.Width, shape.Height), resolution / 2, resolution);
                Assert.Contains(new PictureShape(shape.Height, shape.Width), shapes);
            }
        );
        Assert.Equal(count, shapes.Count);
        Assert.Equal(shapes, shapes.OrderBy(shape => shape.Width / (double)shape.Height));
        Assert.Equal(new PictureShape(resolution, resolution), AspectBuckets.Nearest(shapes, 999, 1000));
        Assert.Equal(shapes[^1], AspectBuckets.Nearest(shapes, 9000, 100));
        Assert.Equal(shapes[0], AspectBuckets.Nearest(shapes, 100, 9000));
    }

    [Fact]
    public void A_recipe_says_true_or_shapes_and_what_cannot_be_used_is_named()
    {
        var options = new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
        Assert.Empty(Read("true")!.Shapes);
        Assert.Null(Read("false"));
        var listed = Read("""["64x32", "48x48"]""")!;
        Assert.Equal([new(48, 48), new(64, 32)], listed.For(48, 16));
        Assert.Equal("""["64x32","48x48"]""", JsonSerializer.Serialize(listed, options));
        Assert.Equal("true", JsonSerializer.Serialize(AspectBuckets.Usual, options));
        foreach (
            var (wrong, found) in new[]
            {
                ("\"yes\"", "\"yes\""),
                ("[]", "an empty list"),
                ("""["64"]""", "a list with \"64\""),
                ("""["64x-8"]""", "a list with \"64x-8\""),
                ("""["64x32", 5]""", "a list with 5"),
                ("{}", "an object"),
                ("3", "3"),
            }
        )
            Assert.EndsWith($"but is {found}.", Assert.Throws<LumenException>(() => Read(wrong)).Message, StringComparison.Ordinal);
        Assert.Contains("64x32", Assert.Throws<LumenException>(() => listed.For(48, 64)).Message, StringComparison.Ordinal);
        Assert.Contains("64x32", Assert.Throws<LumenException>(() => listed.For(32, 16)).Message, StringComparison.Ordinal);

        AspectBuckets? Read(string json) =>
            JsonSerializer.Deserialize<RecipeData>($$"""{ "aspect_buckets": {{json}} }""", options)!.AspectBuckets;
    }

    [Fact]
    public void Pictures_have_the_nearest_shape_in_every_crop_and_are_the_same_from_the_cache()
    {
        _photos.Write("wide.png", PhotoFolder.Places(60, 30));
        _photos.Write("tall.png", PhotoFolder.Places(20, 44));
        _photos.Write("square.png", PhotoFolder.Places(40, 41));
        _photos.Write("another.png", PhotoFolder.Places(61, 29, 9));
        var selection = _photos.Selection with
        {
            CropsPerPicture = 2,
            HorizontalFlips = true,
            ValidationFraction = 0.01,
            Shapes = AspectBuckets.Usual.For(16, 4),
        };
        var listed = FolderPictures.List(selection);
        for (var time = 0; time < 2; time++)
        {
            using var corpus = FolderCorpus.OpenTrain(listed, _photos.Cache);
            Assert.Equal(listed.Train.Count * 4, corpus.Count);
            Assert.Equal(Enumerable.Range(0, corpus.Count), corpus.Buckets.SelectMany(bucket => bucket).Order());
            Assert.All(corpus.Buckets, bucket => Assert.Single(bucket.Select(corpus.ShapeOf).Distinct()));
            for (var index = 0; index < corpus.Count; index++)
            {
                var whole = PictureReader.Read(_photos.File(corpus.Name(index)));
                var (picture, shape) = (corpus.ReadPicture(index), AspectBuckets.Nearest(selection.Shapes, whole.Width, whole.Height));
                Assert.Equal((shape.Width, shape.Height), (picture.Width, picture.Height));
                var window = CropWindow.Of(selection, corpus.Name(index), (whole.Width, whole.Height), index % 4);
                Assert.Equal(window.Cut(whole, shape).Rgb, picture.Rgb);
                Assert.Equal(picture.Rgb, corpus.Annotated(index).Picture.Rgb);
                if (index % 4 == 0) // the first crop loses one side alone, and less than the shapes are apart
                    Assert.True(window.Width == whole.Width || window.Height == whole.Height);
            }
            var pair = corpus.Buckets[0];
            using var batch = corpus.Batch(pair);
            Assert.Equal([pair.Length, 3, corpus.ShapeOf(pair[0]).Height, corpus.ShapeOf(pair[0]).Width], batch.shape);
            Assert.Throws<InvalidOperationException>(() => corpus.Batch([corpus.Buckets[0][0], corpus.Buckets[^1][0]]));
        }
        using var squares = FolderCorpus.OpenTrain(listed.In([]), _photos.Cache);
        using var others = FolderCorpus.OpenTrain(listed, _photos.Cache);
        Assert.NotEqual(squares.Identity, others.Identity);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(1)]
    [InlineData(64)]
    public void Batches_have_one_shape_every_picture_is_seen_equally_often_and_any_batch_is_known_alone(int batch)
    {
        int[][] buckets =
        [
            [.. Enumerable.Range(0, 37)],
            [.. Enumerable.Range(37, 5)],
            [42],
            [.. Enumerable.Range(43, 17)],
        ];
        var (order, random) = (new BucketOrder(buckets, batch), new RandomStream(5));
        var batches = Enumerable.Range(0, 60 * 64 / batch).Select(number => order.Indices(random, number)).ToList(); // 64 epochs
        Assert.All(batches, one => Assert.Equal(batch, one.Length));
        Assert.All(batches, one => Assert.Single(one.Select(BucketOf).Distinct()));
        var seen = batches.SelectMany(one => one).CountBy(index => index).ToDictionary();
        Assert.All(Enumerable.Range(0, 60), index => Assert.Equal(64, seen[index]));
        Assert.Equal(batches[^1], new BucketOrder(buckets, batch).Indices(random, batches.Count - 1));
        Assert.NotEqual(batches[0], order.Indices(new RandomStream(6), 0));
        var halves = batches.Take(batches.Count / 2).Select(one => BucketOf(one[0])).ToList();
        Assert.NotEqual(halves.Order(), halves); // shapes alternate

        int BucketOf(int index) => Array.FindIndex(buckets, bucket => bucket.Contains(index));
    }
}
