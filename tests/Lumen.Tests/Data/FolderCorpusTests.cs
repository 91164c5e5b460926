using Lumen.Imaging;
using Lumen.Tests.Core.Imaging;
using Lumen.Training.Data;
using SkiaSharp;
using Xunit;

namespace Lumen.Tests.Data;

public sealed class FolderCorpusTests : IDisposable
{
    private readonly PhotoFolder _photos = new PhotoFolder();

    [Fact]
    public void Pictures_of_any_size_become_squares_of_their_middle()
    {
        _photos.Fill();
        using var corpus = Train(_photos.Selection);
        Assert.Equal((6, 16), (corpus.Count, corpus.Size));
        for (var index = 0; index < corpus.Count; index++)
        {
            var whole = PictureReader.Read(_photos.File(corpus.Name(index)));
            Assert.Equal(Resizing.Cover(whole, 16, 16).Rgb, corpus.ReadPicture(index).Rgb);
        }
    }

    [Fact]
    public void Pictures_are_upright_as_their_orientation_says()
    {
        _photos.Fill(2);
        var stored = Fixtures.Quarters(40, 24);
        File.WriteAllBytes(_photos.File("turned.jpg"), Fixtures.JpegWithOrientation(Fixtures.Encode(stored, SKEncodedImageFormat.Jpeg), 6));
        using var corpus = Train(_photos.Selection with { ValidationFraction = 0.3 });
        var index = Enumerable.Range(0, corpus.Count).Single(at => corpus.Name(at) == "turned.jpg");
        var (red, green, blue) = corpus.ReadPicture(index).At(14, 1); // to be turned right: the stored upper left is then on the right
        Assert.True(red > 200 && green < 60 && blue < 60, $"({red}, {green}, {blue})");
    }

    [Fact]
    public void Crops_lie_in_the_picture_are_the_same_each_time_and_depend_on_no_other_file()
    {
        _photos.Fill();
        var selection = _photos.Selection with { CropsPerPicture = 5, CropScale = 0.5 };
        var windows = Enumerable.Range(0, 5).Select(crop => CropWindow.Of(selection, "a.png", (24, 40), crop)).ToList();
        Assert.Equal(new CropWindow(0, 8, 24, 24, false), windows[0]);
        Assert.Equal(5, windows.Distinct().Count());
        Assert.All(
            windows,
            window =>
                Assert.True(
                    window is { Left: >= 0, Top: >= 0, Width: >= 12 and <= 24 }
                        && window.Width == window.Height
                        && window.Left + window.Width <= 24
                        && window.Top + window.Height <= 40,
                    window.ToString()
                )
        );
        Assert.NotEqual(windows[1], CropWindow.Of(selection with { Seed = 2 }, "a.png", (24, 40), 1));

        using var before = Train(selection);
        _photos.Write("zz.png", PhotoFolder.Places(30, 30));
        using var after = Train(selection);
        Assert.NotEqual(before.Identity, after.Identity);
        var names = Enumerable.Range(0, after.Count).ToLookup(after.Name);
        Assert.All(
            Enumerable.Range(0, before.Count).GroupBy(before.Name).Where(name => names.Contains(name.Key)),
            name =>
                Assert.All(
                    name.Zip(names[name.Key]),
                    pair => Assert.Equal(before.ReadPicture(pair.First).Rgb, after.ReadPicture(pair.Second).Rgb)
                )
        );
    }

    [Fact]
    public void Every_second_item_is_the_mirror_of_the_one_before()
    {
        _photos.Fill();
        using var corpus = Train(_photos.Selection with { CropsPerPicture = 2, HorizontalFlips = true });
        Assert.Equal(6 * 4, corpus.Count);
        for (var index = 0; index < corpus.Count; index += 2)
        {
            var (plain, mirrored) = (corpus.ReadPicture(index), corpus.ReadPicture(index + 1));
            Assert.Equal(corpus.Name(index), corpus.Name(index + 1));
            for (var y = 0; y < 16; y++)
            for (var x = 0; x < 16; x++)
                Assert.Equal(plain.At(x, y), mirrored.At(15 - x, y));
        }
        Assert.NotEqual(corpus.ReadPicture(0).Rgb, corpus.ReadPicture(1).Rgb);
    }

    [Fact]
    public void The_identity_changes_with_every_file_and_setting_that_pixels_depend_on()
    {
        _photos.Fill();
        var identities = new List<string>
        {
            Identity(_photos.Selection),
            Identity(_photos.Selection with { Resolution = 8 }),
            Identity(_photos.Selection with { HorizontalFlips = true }),
        };
        Assert.Equal(identities[0], Identity(_photos.Selection with { Caption = "a photograph" }));
        File.SetLastWriteTimeUtc(_photos.File("b.png"), new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        File.SetLastWriteTimeUtc(_photos.File("c.png"), new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        identities.Add(Identity(_photos.Selection));
        File.Move(_photos.File("d.png"), _photos.File("d2.png"));
        File.Move(_photos.File("e.png"), _photos.File("e2.png"));
        identities.Add(Identity(_photos.Selection));
        Assert.Distinct(identities);

        string Identity(FolderSelection selection)
        {
            using var corpus = Train(selection);
            return corpus.Identity;
        }
    }

    [Fact]
    public void A_stopped_decoding_goes_on_where_it_was_and_gives_the_same_bytes()
    {
        for (var at = 0; at < 50; at++)
            _photos.Write($"{at:00}.png", PhotoFolder.Places(20, 20, (byte)at));
        File.WriteAllText(_photos.File("07.png"), "no picture");
        var selection = _photos.Selection with { ValidationFraction = 0.1, SkipUnreadable = true };
        int items;
        using (var whole = Train(selection))
            items = whole.Count;
        var pixels = Directory.GetFiles(_photos.Cache, "*.rgb").Single();
        var expected = File.ReadAllBytes(pixels);
        using (var cut = File.OpenWrite(pixels))
            cut.SetLength(expected.Length - expected.Length / 2 - 5);
        using var resumed = Train(selection);
        Assert.Equal(expected, File.ReadAllBytes(pixels));
        Assert.Equal((items, 1), (resumed.Count, resumed.Skipped.Count));
    }

    [Fact]
    public void A_picture_that_cannot_be_read_is_named_with_what_to_do_or_left_out_and_counted()
    {
        _photos.Fill();
        File.WriteAllText(_photos.File("bad.png"), "no picture");
        File.WriteAllBytes(_photos.File("bad2.png"), File.ReadAllBytes(_photos.File("c.png"))[..60]);
        var selection = _photos.Selection with { ValidationFraction = 0.1 };
        var fault = Assert.Throws<LumenException>(() => Both(selection));
        Assert.Contains("bad", fault.Message, StringComparison.Ordinal);
        Assert.Contains($"run lumen data check {_photos.Path}", fault.Message, StringComparison.Ordinal);
        Assert.Contains("\"skip_unreadable\": true", fault.Message, StringComparison.Ordinal);

        var (skipped, names) = Both(selection with { SkipUnreadable = true });
        Assert.Equal(2, skipped.Count);
        Assert.All(skipped, sentence => Assert.Contains("bad", sentence, StringComparison.Ordinal));
        Assert.Equal(8, names.Distinct().Count());
        Assert.DoesNotContain(names, name => name.StartsWith("bad", StringComparison.Ordinal));
        Assert.Throws<LumenException>(() => Both(selection)); // also when all pixels are there already

        (List<string> Skipped, List<string> Names) Both(FolderSelection selection)
        {
            using var train = Train(selection);
            using var heldOut = FolderCorpus.OpenHeldOut(FolderPictures.List(selection), _photos.Cache);
            foreach (var corpus in new[] { train, heldOut })
                for (var index = 0; index < corpus.Count; index++)
                    Assert.Equal(
                        Resizing.Cover(PictureReader.Read(_photos.File(corpus.Name(index))), 16, 16).Rgb,
                        corpus.ReadPicture(index).Rgb
                    );
            return (
                [.. train.Skipped, .. heldOut.Skipped],
                [.. Enumerable.Range(0, train.Count).Select(train.Name), .. Enumerable.Range(0, heldOut.Count).Select(heldOut.Name)]
            );
        }
    }

    [Fact]
    public void A_sample_is_spread_over_all_pictures()
    {
        _photos.Fill();
        using var corpus = Train(_photos.Selection with { CropsPerPicture = 7 });
        Assert.Equal(6, corpus.Sample(12).Select(corpus.Name).Distinct().Count());
        Assert.Equal(Enumerable.Range(0, corpus.Count), corpus.Sample(1000));
    }

    [Fact]
    public void A_cache_that_cannot_be_written_is_named()
    {
        _photos.Fill();
        File.WriteAllText(_photos.Cache, "a file, not a folder");
        Assert.Contains("`CacheFolder`", Assert.Throws<LumenException>(() => Train(_photos.Selection)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _photos.Dispose();

    private FolderCorpus Train(FolderSelection selection) => FolderCorpus.OpenTrain(FolderPictures.List(selection), _photos.Cache);
}
