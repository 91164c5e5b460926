using System.Security.Cryptography;
using Lumen.Augmentation;
using Lumen.Imaging;
using Lumen.Testing;
using Lumen.Tests.Data;
using Lumen.Training;

namespace Lumen.Tests.Training;

/// <summary>
/// Ten photos of places, and two variants of each as an augmentation would record them: the same places in other colours, with an agreement
/// of 0.9 (number 0) and 0.75 (number 1).
/// </summary>
internal sealed class PairFolder : IDisposable
{
    public const int Photos = 10,
        Variants = 2;
    private readonly PhotoFolder _photos = new PhotoFolder();
    private readonly TempFolder _folder = new();
    private readonly List<ManifestEntry> _entries = [];

    public PairFolder()
    {
        for (var at = 0; at < Photos; at++)
        {
            var size = (Width: 40 + 4 * (at % 4), Height: 34 + at);
            _photos.Write($"images/{at}.png", PhotoFolder.Places(size.Width, size.Height, (byte)(20 * at)));
            for (var number = 0; number < Variants; number++)
                Add($"images/{at}.png", number, PhotoFolder.Places(size.Width, size.Height, (byte)(255 - 20 * at - 30 * number)));
        }
        Write();
    }

    /// <summary>The photos.</summary>
    public string Path => _photos.Path;

    /// <summary>The augmented data set.</summary>
    public string Augmented => _folder.File("looks");

    public string Photo(string name) => _photos.File(name);

    public string Variant(string name) => System.IO.Path.Combine(Augmented, name);

    /// <summary>The photos as a recipe has them: eight to train on, as four crops each, and two held out.</summary>
    public RecipeData Data =>
        new()
        {
            Folder = Path,
            Resolution = TinyRuns.Size,
            ValidationFraction = 0.2,
            CropsPerPicture = 2,
            HorizontalFlips = true,
        };

    /// <summary>A recipe with pairs.</summary>
    public Recipe Recipe(double share, double penalty = 2) =>
        TinyRuns.Adapter with
        {
            Data = Data,
            Layout = TinyRuns.Adapter.Layout with
            {
                AppearancePenalty = penalty,
                Pairs = new RecipePairs { Folder = Augmented, Share = share },
            },
        };

    /// <summary>Writes a variant, and its line when <see cref="Write"/> is called.</summary>
    public void Add(string source, int number, Picture variant)
    {
        var item = $"{source[..^4]}_lumen{number}.png";
        PngWriter.WriteRgb(Variant(item), variant);
        Change(
            new ManifestEntry
            {
                Item = item,
                Generated = true,
                Source = source,
                Variant = number,
                Split = "all",
                SourceSha256 = HashOf(Photo(source)),
                Sha256 = HashOf(Variant(item)),
                Agreement = number == 0 ? 0.9 : 0.75,
            }
        );
    }

    /// <summary>Puts a line in the place of another about the same variant.</summary>
    public void Change(ManifestEntry entry)
    {
        _entries.RemoveAll(one => (one.Source, one.Variant) == (entry.Source, entry.Variant));
        _entries.Add(entry);
    }

    public ManifestEntry Entry(string source, int number) => _entries.Single(one => (one.Source, one.Variant) == (source, number));

    /// <summary>Writes the manifest.</summary>
    public void Write() => File.WriteAllLines(Variant("manifest.jsonl"), _entries.Select(entry => entry.ToJson()));

    public void Dispose()
    {
        _photos.Dispose();
        _folder.Dispose();
    }

    private static string HashOf(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
}
