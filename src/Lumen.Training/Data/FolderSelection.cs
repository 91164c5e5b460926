namespace Lumen.Training.Data;

/// <summary>Which pictures of a folder are trained on, which are held out, and how they are brought to one size.</summary>
/// <param name="Folder">A data set in any layout that <see cref="Datasets.DatasetFormats"/> knows, or any folder of pictures.</param>
public sealed record FolderSelection(string Folder)
{
    /// <summary>How the data set is laid out; null to find out.</summary>
    public string? Format { get; init; }

    /// <summary>The layouts that it may have.</summary>
    public IReadOnlyList<Datasets.IDatasetFormat> Formats { get; init; } = Datasets.DatasetFormats.BuiltIn;

    /// <summary>The part that is trained on; null for the training part, or for everything where there are no parts.</summary>
    public string? Split { get; init; }

    /// <summary>Whether <see cref="Split"/> may be a held-out part, because its name misleads or nothing is measured on it.</summary>
    public bool AllowHeldOut { get; init; }

    /// <summary>Whether symbolic links that lead out of the folder are followed.</summary>
    public bool FollowOutside { get; init; }

    /// <summary>
    /// Which label files hold the classes where pictures have several (<c>gtFine_labelTrainIds</c>); null for the first kind.
    /// </summary>
    public string? Labels { get; init; }

    /// <inheritdoc cref="Datasets.DatasetOptions.CaptionColumn"/>
    public string? CaptionColumn { get; init; }

    /// <inheritdoc cref="Datasets.DatasetOptions.LabelSuffix"/>
    public string? LabelSuffix { get; init; }

    /// <summary>Caption of pictures that have none of their own.</summary>
    public string Caption { get; init; } = "";

    /// <summary>Side of the square pictures in pixels, or of the square that none of the <see cref="Shapes"/> is larger than.</summary>
    public int Resolution { get; init; } = 128;

    /// <summary>Shapes that pictures are brought to, each to the one whose proportion is nearest; empty for squares.</summary>
    public IReadOnlyList<PictureShape> Shapes { get; init; } = [];

    /// <summary>Crops made of each training picture: the first is the middle, the others are drawn by the seed.</summary>
    public int CropsPerPicture { get; init; } = 1;

    /// <summary>Smallest side of a drawn crop as a share of the picture's shorter side, above 0 and up to 1.</summary>
    public double CropScale { get; init; } = 0.7;

    /// <summary>Whether every crop is also used mirrored left to right.</summary>
    public bool HorizontalFlips { get; init; }

    /// <summary>Share of the pictures that is held out where the data set has no validation part of its own.</summary>
    public double ValidationFraction { get; init; } = 0.1;

    /// <summary>How many pictures that follow each other by name are held out together: frames of a video look alike.</summary>
    public int ValidationBlock { get; init; } = 1;

    /// <summary>How many pictures beside a held-out block are left out of training.</summary>
    public int ValidationGap { get; init; }

    /// <summary>At most so many held-out pictures are used, spread evenly.</summary>
    public int ValidationPictures { get; init; } = 64;

    /// <summary>Whether pictures that cannot be read are left out and counted instead of being refused.</summary>
    public bool SkipUnreadable { get; init; }

    /// <summary>Seed of crops and of what is held out.</summary>
    public ulong Seed { get; init; } = 1;

    internal Datasets.DatasetOptions Options =>
        new()
        {
            Formats = Formats,
            CaptionColumn = CaptionColumn,
            LabelSuffix = LabelSuffix,
            Links = FollowOutside ? Datasets.LinkPolicy.Outside : Datasets.LinkPolicy.Inside,
        };

    /// <summary>The shape that a picture is brought to.</summary>
    internal PictureShape ShapeOf(int width, int height) =>
        Shapes.Count == 0 ? new PictureShape(Resolution, Resolution) : AspectBuckets.Nearest(Shapes, width, height);

    /// <summary>Items made of one training picture.</summary>
    public int Variants => CropsPerPicture * (HorizontalFlips ? 2 : 1);

    /// <summary>The same for held-out pictures: the middle of each, as it is.</summary>
    public FolderSelection Plain => this with { CropsPerPicture = 1, HorizontalFlips = false };

    /// <summary>Refuses impossible settings, all of them in one message.</summary>
    /// <exception cref="LumenException">A setting is out of range.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        Need(!string.IsNullOrWhiteSpace(Folder), "folder must name a folder but is empty.");
        Need(Resolution is >= 8 and <= 4096, $"resolution must be 8 to 4096 but is {Resolution}.");
        Need(CropsPerPicture is >= 1 and <= 1000, $"crops_per_picture must be 1 to 1000 but is {CropsPerPicture}.");
        Need(CropScale is > 0 and <= 1, $"crop_scale must be above 0 and at most 1 but is {CropScale}.");
        Need(ValidationFraction is > 0 and < 1, $"validation_fraction must be between 0 and 1 but is {ValidationFraction}.");
        Need(ValidationBlock >= 1, $"validation_block must be 1 or more but is {ValidationBlock}.");
        Need(ValidationGap >= 0, $"validation_gap must be 0 or more but is {ValidationGap}.");
        Need(ValidationPictures >= 1, $"validation_pictures must be 1 or more but is {ValidationPictures}.");
        if (faults.Count > 0)
            throw new LumenException($"The pictures of the recipe cannot be used: {string.Join(" ", faults)}");

        void Need(bool condition, string fault)
        {
            if (!condition)
                faults.Add(fault);
        }
    }
}

/// <summary>A picture of a folder with what is known of it.</summary>
/// <param name="Name">Path below the folder, with slashes; unique.</param>
/// <param name="Path">Full path.</param>
public sealed record FolderPicture(string Name, string Path)
{
    /// <summary>What it shows; empty where nothing is said.</summary>
    public string Caption { get; init; } = "";

    /// <summary>Whether the caption is the picture's own, and not the same for all that have none.</summary>
    public bool IsCaptioned { get; init; }

    /// <summary>Full path of the PNG of class ids, or null.</summary>
    public string? Labels { get; init; }

    /// <summary>Ids by colour, where labels may be drawn in the colours of a table; null where there is none.</summary>
    public IReadOnlyDictionary<int, int>? LabelColours { get; init; }

    /// <summary>Full path of the 16-bit PNG of depth, or null.</summary>
    public string? Depth { get; init; }

    /// <summary>Steps of the depth file a metre.</summary>
    public float DepthSteps { get; init; } = 1000;

    /// <summary>Full path of the picture of normals, or null.</summary>
    public string? Normals { get; init; }

    /// <summary>
    /// The picture that it is a variant of, each pixel where it was there: it is brought to that picture's size and has its crops. Null for
    /// a picture of its own.
    /// </summary>
    internal FolderPicture? Of { get; init; }

    /// <summary>Its label files, for messages and hashes.</summary>
    internal IEnumerable<string> Annotations => new[] { Labels, Depth, Normals }.OfType<string>();
}
