using System.Globalization;

namespace Lumen.Datasets;

/// <summary>
/// Gathers what is no fault of a data set but worth a word: captions, turned pictures, classes that no pixel has, files that belong to
/// nothing.
/// </summary>
public sealed class DatasetNotes(Dataset dataset)
{
    private const int Named = 5;
    private readonly HashSet<int> _ids = [];
    private readonly HashSet<string> _classRoles = new(StringComparer.Ordinal);
    private (long Count, string First, int Orientation) _turned;
    private (long Captioned, long All) _captions;
    private (long Count, string? First) _coloured;

    /// <summary>Whether an item has a caption.</summary>
    public void Caption(bool isThere) => _captions = (_captions.Captioned + (isThere ? 1 : 0), _captions.All + 1);

    /// <summary>A picture with its EXIF orientation.</summary>
    public void Picture(DatasetItem item, int orientation)
    {
        if (orientation == 1)
            return;
        _turned = _turned.Count == 0 ? (1, item.Picture, orientation) : _turned with { Count = _turned.Count + 1 };
    }

    /// <summary>The ids of a label file.</summary>
    public void Ids(LabelFile label, ushort[] ids)
    {
        if (label.Kind != LabelKind.Classes)
            return;
        _classRoles.Add(label.Role);
        foreach (var id in ids)
            _ids.Add(id);
    }

    /// <summary>A label file of classes that holds colours no table gives a meaning.</summary>
    public void Coloured(LabelFile label)
    {
        if (label.Colours is null)
            _coloured = (_coloured.Count + 1, _coloured.First ?? label.Name);
    }

    /// <summary>The sentences.</summary>
    public IEnumerable<string> Sentences()
    {
        yield return $"{new CaptionCount(_captions.Captioned, _captions.All, dataset.OtherColumns)}.";
        if (_turned.Count > 0)
            yield return Turned(_turned.Count, _turned.First, _turned.Orientation);
        if (_coloured.Count > 0)
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{_coloured.Count} label files draw classes in colours, the first is {_coloured.First}, and no table says which "
                    + $"they are. Put class_dict.csv (name,r,g,b) or label_colors.txt (R G B name a line) into the data set's folder."
            );
        if (_classRoles.Count == 1)
        {
            if (IgnoredValue.Conflict(dataset.Classes, _ids) is { } conflict)
                yield return $"Nothing says which id counts for nothing: {conflict}. Masking in lumen augment (`IgnoreBelow`) needs "
                    + "an `IgnoreLabel`.";
            var absent = dataset.Classes.Classes.Where(one => one.Id != dataset.Classes.Ignore && !_ids.Contains(one.Id)).ToList();
            if (absent.Count > 0)
                yield return Some(
                    absent.Count,
                    dataset.Classes.Classes.Count,
                    "classes have no pixel in any label file",
                    absent.Select(one => $"{one.Name} ({one.Id.ToString(CultureInfo.InvariantCulture)})")
                );
        }
        foreach (
            var (names, what) in new[]
            {
                (dataset.Unlisted(), "pictures are named by no list or row, so they are not used"),
                (dataset.Orphans(), "label files belong to no picture"),
            }
        )
            if (names.ToList() is { Count: > 0 } found)
                yield return Some(found.Count, null, what, found);
        foreach (var note in dataset.Notes())
            yield return note;
    }

    /// <summary>The sentence about pictures that EXIF turns.</summary>
    public static string Turned(long count, string first, int orientation) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{count} {(count == 1 ? "picture carries" : "pictures carry")} an EXIF orientation, the first is {first} "
                + $"({LabelSizes.Turn(orientation)}). They are read upright; labels made by a program that reads them as stored lie "
                + $"turned or mirrored on them, which equal sizes hide. Look at one, or save the pictures upright."
        );

    private static string Some(int count, int? of, string what, IEnumerable<string> names) =>
        $"{count.ToString(CultureInfo.InvariantCulture)}{(of is { } all ? $" of {all.ToString(CultureInfo.InvariantCulture)}" : "")}"
        + $" {what}: {string.Join(", ", names.Take(Named))}{(count > Named ? " and others" : "")}.";
}
