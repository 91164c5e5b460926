using Lumen.Generation;
using Lumen.Imaging;

namespace Lumen.Augmentation;

/// <summary>How a data set is augmented.</summary>
public sealed record AugmentationOptions
{
    /// <summary>The working size that <see cref="Resolution"/> uses for "as the pictures are".</summary>
    public const int OriginalResolution = 0;

    /// <summary>Most pictures in one pass.</summary>
    public const int MaxBatch = 64;

    /// <summary>New pictures for each training picture.</summary>
    public int Variants { get; init; } = 1;

    /// <summary>Seed of everything; each new picture has a seed of its own, derived from this, its source's name and its number.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Steps, guidance, conditioning scale. Its seed is not used.</summary>
    public GenerationOptions Generation { get; init; } = new();

    /// <summary>
    /// Shorter side in pixels at which pictures are generated; null for the model's own (with <see cref="PictureFit.Tile"/> the picture's),
    /// <see cref="OriginalResolution"/> for the picture's. Results are brought to the picture's size, or to <see cref="Size"/>.
    /// </summary>
    public int? Resolution { get; init; }

    /// <summary>How pictures of other sizes than the model's are brought to it.</summary>
    public PictureFit Fit { get; init; }

    /// <summary>
    /// Size of new pictures; null for that of their source, whose label files are then copied as they are. With a size, label maps are
    /// resampled to it, every pixel taking the value under its middle; data sets with labels that are no pictures are refused.
    /// </summary>
    public (int Width, int Height)? Size { get; init; }

    /// <summary>
    /// Pictures (with <see cref="PictureFit.Tile"/>: tiles) in one pass; null for one picture, for several where that changes no byte
    /// (<see cref="BatchRules.KeepsBytes"/>), and for tiles by their size. With more than one picture the last digits of a result may
    /// depend on its place in the pass where several threads compute. The number is recorded, and a folder is finished with the number it
    /// was begun with.
    /// </summary>
    public int? Batch { get; init; }

    /// <summary>The part to generate from; null finds the training part.</summary>
    public string? Split { get; init; }

    /// <summary>Whether <see cref="Split"/> may be a held-out part, because its name misleads or nothing is measured on it.</summary>
    public bool AllowHeldOut { get; init; }

    /// <summary>At most this many pictures of the part; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>This process's share of the work, from 1, and the number of shares.</summary>
    public (int Index, int Count) Shard { get; init; } = (1, 1);

    /// <summary>Whether the output also holds the originals of all parts.</summary>
    public bool WithOriginals { get; init; } = true;

    /// <summary>
    /// Whether label files and originals are hard links instead of copies: no disk space, but a change to one changes the other.
    /// </summary>
    public bool HardLinks { get; init; }

    /// <summary>File type of new pictures.</summary>
    public PictureFileType PictureType { get; init; }

    /// <summary>Agreement with the source's layout that a new picture must have, -1...1; null accepts all.</summary>
    public double? MinAgreement { get; init; }

    /// <summary>
    /// Prompt obedience that a new picture must have, 0...1 (<see cref="Captioning.PromptObedience.Score"/>): from 0.5 on, every phrase
    /// that its prompt names must outweigh all its rivals. Null accepts all, and so are pictures whose prompts name no known phrase. Needs
    /// <see cref="ImageGenerator.Obedience"/>.
    /// </summary>
    public double? MinObedience { get; init; }

    /// <summary>
    /// Further attempts for a picture below <see cref="MinAgreement"/> or <see cref="MinObedience"/>: first another seed, then a larger
    /// conditioning scale.
    /// </summary>
    public int Retries { get; init; } = 2;

    /// <summary>Whether a map of the agreement is written for each new picture.</summary>
    public bool Confidence { get; init; } = true;

    /// <summary>
    /// Agreement of a cell below which its pixels are set to the ignored value in extra label files, -1...1; null writes none.
    /// </summary>
    public double? IgnoreBelow { get; init; }

    /// <summary>
    /// The class id of ignored pixels, for <see cref="IgnoreBelow"/>; null for what the format or the list of classes says,
    /// and refused where nothing says it.
    /// </summary>
    public int? IgnoreLabel { get; init; }

    /// <summary>Regions of the source that are put back into the result.</summary>
    public KeptRegions? Keep { get; init; }

    /// <summary>How often finished pictures are listed during a run; lists that take long to write, less often.</summary>
    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What is compared with the held-out parts before a picture is used.</summary>
    public HeldOutCheck HeldOutCheck { get; init; } = HeldOutCheck.Layout;

    /// <summary>Similarity of two layouts, -1...1, from which one picture counts as a near-duplicate of the other.</summary>
    public double LeakThreshold { get; init; } = 0.95;

    /// <summary>Licences by what they are for (data, model), carried into the manifest.</summary>
    public IReadOnlyDictionary<string, string> Licences { get; init; } = new Dictionary<string, string>();

    /// <summary>The agreement and obedience that an output folder was begun with: they must not change there.</summary>
    /// <exception cref="LumenException">The folder's settings cannot be read.</exception>
    public static (bool IsBegun, double? MinAgreement, double? MinObedience) BegunWith(string output) =>
        AugmentationSettings.LimitsOf(output);

    /// <summary>Refuses a limit of obedience that nothing measures.</summary>
    internal void RequireClip(ImageGenerator generator)
    {
        if (MinObedience is not null && generator.Obedience is null)
            throw new LumenException(
                LumenErrorKind.Option,
                $"`MinObedience` needs a CLIP that measures obedience, and the model {generator.Model.Name} has none. Give `Clip` one, or "
                    + "leave `MinObedience` out."
            );
    }

    /// <summary>Refuses values out of range, all of them in one message.</summary>
    /// <exception cref="LumenException">A value is out of range.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        Need(AugmentationBounds.Holds(AugmentationBounds.Variants, Variants), $"`Variants` must be 1 to 998 but is {Variants}.");
        Need(
            Shard.Count >= 1 && Shard.Index >= 1 && Shard.Index <= Shard.Count,
            $"`Shard` must be I/N with I from 1 to N but is {Shard.Index}/{Shard.Count}."
        );
        Need(
            Resolution is null or OriginalResolution || AugmentationBounds.Holds(AugmentationBounds.Resolution, Resolution.Value),
            $"`Resolution` must be native, original or 16 to 4096 pixels but is {Resolution}."
        );
        Need(
            Size is not { } size
                || (
                    AugmentationBounds.Holds(AugmentationBounds.Side, size.Width)
                    && AugmentationBounds.Holds(AugmentationBounds.Side, size.Height)
                    && AugmentationBounds.IsPicture(size.Width, size.Height)
                ),
            $"`Size` must be 8 to 16384 pixels a side, and at most {Picture.MaxPixels} in all, but is {Size?.Width}x{Size?.Height}."
        );
        Need(
            Batch is not { } batch || AugmentationBounds.Holds(AugmentationBounds.Batch, batch),
            $"`Batch` must be 1 to {MaxBatch} but is {Batch}."
        );
        Need(Limit is null or >= 1, $"`Limit` must be 1 or more but is {Limit}.");
        Need(AugmentationBounds.Holds(AugmentationBounds.Retries, Retries), $"`Retries` must be 0 to 20 but is {Retries}.");
        Need(MinAgreement is null or (>= -1 and <= 1), $"`MinAgreement` must be -1 to 1 but is {MinAgreement}.");
        Need(MinObedience is null or (>= 0 and <= 1), $"`MinObedience` must be 0 to 1 but is {MinObedience}.");
        Need(IgnoreBelow is null or (>= -1 and <= 1), $"`IgnoreBelow` must be -1 to 1 but is {IgnoreBelow}.");
        Need(IgnoreLabel is null or (>= 0 and <= ushort.MaxValue), $"`IgnoreLabel` must be 0 to {ushort.MaxValue} but is {IgnoreLabel}.");
        Need(CheckpointEvery >= TimeSpan.Zero, $"The time between checkpoints must be 0 or more but is {CheckpointEvery}.");
        Need(LeakThreshold is > 0 and <= 1, $"`LeakThreshold` must be above 0 and at most 1 but is {LeakThreshold}.");
        Need(
            Keep is null || AugmentationBounds.Holds(AugmentationBounds.Feather, Keep.Feather),
            $"`Feather` must be 0 to 256 pixels but is {Keep?.Feather}."
        );
        if (faults.Count > 0)
            throw new LumenException(string.Join(" ", faults));
        Generation.Validate();

        void Need(bool condition, string fault)
        {
            if (!condition)
                faults.Add(fault);
        }
    }
}
