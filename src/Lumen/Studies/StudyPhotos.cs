using Lumen.Conditions;
using Lumen.Core;
using Lumen.Data;
using Lumen.Perception;

namespace Lumen.Studies;

/// <summary>The held-out pictures of a data set as references: the middle square of each, in an order that mixes neighbours of a video and does not hang on how many are asked for.</summary>
internal sealed class StudyPhotos
{
    private readonly FolderPictures _listed;
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
        _listed = FolderPictures.ListHeldOut(new FolderSelection(folder) { Format = data.Format, Split = data.Split, Labels = data.Labels, Caption = data.Caption, Resolution = size });
        (Classes, _ids) = new DatasetReading().ClassesOf(_listed.Dataset);
        (_size, _seed) = (size, seed);
    }

    /// <summary>Its classes.</summary>
    public PerceptionClasses Classes { get; }

    /// <summary>Pictures there are.</summary>
    public int Count => _listed.HeldOut.Count;

    /// <summary>What they are, in words.</summary>
    public string Description => $"photos of {_listed.Name}, part {_listed.Split} ({Count}), cut to squares of {_size} px";

    /// <summary>A reference; beyond the last picture it begins again, which only floors ask for.</summary>
    public PhotoReference Reference(int index)
    {
        var photo = _listed.HeldOut[Shuffle.At(_seed, index % Count, Count)];
        var whole = AnnotationFiles.Read(photo.Path, photo.Labels, photo.Depth, photo.Normals, photo.DepthSteps);
        var cut = CropWindow.Of(_listed.Selection, photo.Name, (whole.Picture.Width, whole.Picture.Height), 0).Cut(whole, _size);
        return new PhotoReference(index, LabelledPicture.From(cut).Renumbered(_ids), photo.Caption, cut);
    }
}
