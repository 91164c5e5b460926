using Lumen.Conditions;
using Lumen.Training.Data;
using Lumen.Training.Perception;

namespace Lumen.Research.Studies;

/// <summary>
/// The held-out pictures of a data set as references, and its training part as labelled pictures: the middle square of each, in an order
/// that mixes neighbours of a video and does not depend on how many are asked for.
/// </summary>
internal sealed class StudyPhotos
{
    private readonly FolderPictures _listed;
    private readonly Lazy<IReadOnlyList<FolderPicture>> _train;
    private readonly IReadOnlyDictionary<int, byte> _ids;
    private readonly int _size;
    private readonly ulong _seed;

    /// <param name="data">The data set.</param>
    /// <param name="folder">Where it is.</param>
    /// <param name="size">Side of references.</param>
    /// <param name="seed">Of the order.</param>
    /// <exception cref="LumenException">It cannot be used, or has no held-out part.</exception>
    public StudyPhotos(StudyData data, string folder, int size, ulong seed)
    {
        var selection = new FolderSelection(folder)
        {
            Format = data.Format,
            Split = data.Split,
            Labels = data.Labels,
            Caption = data.Caption,
            Resolution = size,
            ValidationFraction = data.ValidationFraction,
            ValidationBlock = data.ValidationBlock,
            ValidationGap = data.ValidationGap,
        };
        _listed = FolderPictures.ListHeldOut(selection);
        _train = new Lazy<IReadOnlyList<FolderPicture>>(() => FolderPictures.List(selection with { Split = null }).Train);
        (Classes, _ids) = new DatasetReading().ClassesOf(_listed.Dataset);
        (_size, _seed) = (size, seed);
    }

    /// <summary>Its classes.</summary>
    public PerceptionClasses Classes { get; }

    /// <summary>Pictures there are.</summary>
    public int Count => _listed.HeldOut.Count;

    /// <summary>Labelled pictures of the training part.</summary>
    public int TrainCount => _train.Value.Count;

    /// <summary>What they are, in words.</summary>
    public string Description =>
        $"photos of {_listed.Name}, "
        + $"{(_listed.HeldOutSplit is { } part ? $"part {part}" : "drawn from its one part as the training recipes draw them")} "
        + $"({Count}), cut to squares of {_size} px";

    /// <summary>A reference; beyond the last picture it begins again, which only floors ask for.</summary>
    public PhotoReference Reference(int index) => Of(_listed.HeldOut, index);

    /// <summary>A labelled picture of the training part.</summary>
    public PhotoReference Labelled(int index) => Of(_train.Value, index);

    private PhotoReference Of(IReadOnlyList<FolderPicture> photos, int index)
    {
        var photo = photos[Shuffle.At(_seed, index % photos.Count, photos.Count)];
        var whole = AnnotationFiles.Read(photo.Path, photo.Labels, photo.Depth, photo.Normals, photo.DepthSteps, photo.LabelColours);
        var cut = CropWindow
            .Of(_listed.Selection, photo.Name, (whole.Picture.Width, whole.Picture.Height), 0)
            .Cut(whole, new PictureShape(_size, _size));
        return new PhotoReference(index, LabelledPicture.From(cut).Renumbered(_ids), photo.Caption, cut);
    }
}

/// <summary>A data set whose held-out pictures are a study's references, instead of rendered streets.</summary>
public sealed record StudyData
{
    /// <summary>Its folder.</summary>
    public required string Folder { get; init; }

    /// <inheritdoc cref="FolderSelection.Format"/>
    public string? Format { get; init; }

    /// <summary>
    /// The held-out part; null for the test part, or whatever is held out. Where there is none, pictures are drawn by the three numbers
    /// below: those of the recipes that the models were trained by, or they would be measured on pictures that they have seen.
    /// </summary>
    public string? Split { get; init; }

    /// <inheritdoc cref="FolderSelection.Labels"/>
    public string? Labels { get; init; }

    /// <inheritdoc cref="FolderSelection.ValidationFraction"/>
    public double ValidationFraction { get; init; } = 0.1;

    /// <inheritdoc cref="FolderSelection.ValidationBlock"/>
    public int ValidationBlock { get; init; } = 1;

    /// <inheritdoc cref="FolderSelection.ValidationGap"/>
    public int ValidationGap { get; init; }

    /// <summary>The prompt of pictures that have no caption of their own.</summary>
    public string Caption { get; init; } = "";
}
