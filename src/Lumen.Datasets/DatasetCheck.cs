using System.Security.Cryptography;
using Lumen.Imaging;

namespace Lumen.Datasets;

/// <summary>Looks at every file of a data set and names the first bad item of every kind.</summary>
public sealed class DatasetCheck
{
    private readonly Dataset _dataset;
    private readonly SortedDictionary<DatasetFaultKind, DatasetFault> _faults = [];
    private readonly Dictionary<UInt128, DatasetItem> _contents = [];
    private readonly DatasetNotes _notes;
    private (long Items, long Labels) _seen;

    private DatasetCheck(Dataset dataset) => (_dataset, _notes) = (dataset, new DatasetNotes(dataset));

    /// <summary>Reads everything: pictures and labels are decoded whole, so that a file cut short is found.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="progress">Told the number of items.</param>
    /// <param name="stop">Stops between items.</param>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    public static DatasetCheckReport Run(Dataset dataset, IProgress<long>? progress = null, CancellationToken stop = default)
    {
        var check = new DatasetCheck(dataset);
        check.Guard(
            DatasetFaultKind.BadList,
            dataset.Root,
            () =>
            {
                foreach (var fault in dataset.CheckLists())
                    check.Add(fault);
            }
        );
        check.Guard(
            DatasetFaultKind.BadLink,
            dataset.Root,
            () =>
            {
                foreach (var (name, _, fault) in dataset.Tree.BadLinks())
                    check.Add(DatasetFaultKind.BadLink, name, fault);
            }
        );
        foreach (var split in dataset.Splits)
            check.Guard(DatasetFaultKind.BadList, split, () => check.Split(split, progress, stop));
        var notes = new List<string>();
        var isSound = check._faults.Count == 0;
        check.Guard(
            DatasetFaultKind.BadList,
            dataset.Root,
            () =>
            {
                try
                {
                    notes.AddRange(check._notes.Sentences());
                }
                catch (LumenException) when (!isSound)
                {
                    // What keeps a list or folder from being read is among the faults already.
                }
            }
        );
        return new DatasetCheckReport(check._seen.Items, check._seen.Labels, [.. check._faults.Values]) { Notes = notes };
    }

    private void Split(string split, IProgress<long>? progress, CancellationToken stop)
    {
        var (stems, roles, before) = (
            new Dictionary<string, string>(StringComparer.Ordinal),
            new Dictionary<string, LabelFile>(StringComparer.Ordinal),
            _seen.Items
        );
        foreach (var item in _dataset.Checkable(split))
        {
            stop.ThrowIfCancellationRequested();
            var place = item.Place is null ? "" : $" ({item.Place})";
            var stem = DatasetTree.Stem(item.Picture);
            if (!stems.TryAdd(stem, item.Picture))
            {
                Add(
                    DatasetFaultKind.DuplicateStem,
                    item.Picture,
                    stems[stem] == item.Picture
                        ? $"{item.Picture} is listed twice in {split}{place}."
                        : $"{item.Picture} and {stems[stem]} differ only in their ending, so they share their label files{place}."
                );
            }
            Look(item, roles, place);
            _seen.Items++;
            progress?.Report(_seen.Items);
        }
        if (_seen.Items == before)
            Add(DatasetFaultKind.NoItems, split, $"The part {split} holds no pictures.");
    }

    private void Look(DatasetItem item, Dictionary<string, LabelFile> roles, string place)
    {
        var caption = false;
        Guard(DatasetFaultKind.UnreadableCaption, item.Picture, () => caption = _dataset.CaptionOf(item) is not null);
        _notes.Caption(caption);
        var size = Picture(item, place);
        if (size is { } own && item.DeclaredSize is { } declared && (own.Width, own.Height) != declared)
            Add(
                DatasetFaultKind.SizeMismatch,
                item.Picture,
                $"{item.Picture} is {own.Width} x {own.Height} but is listed as {declared.Width} x {declared.Height}{place}."
            );
        foreach (var label in item.Labels)
        {
            if (label.Kind is not (LabelKind.Other or LabelKind.Boxes))
                roles.TryAdd(label.Role, label);
            Label(item, label, size, place);
        }
        foreach (var (role, example) in roles)
        {
            if (item.Labels.All(label => label.Role != role))
                Add(
                    DatasetFaultKind.MissingLabel,
                    item.Picture,
                    $"{item.Picture} has no {role} although other pictures have one ({example.Name}){place}."
                );
        }
    }

    private (int Width, int Height, int Orientation)? Picture(DatasetItem item, string place)
    {
        (int, int, int)? size = null;
        Guard(
            DatasetFaultKind.UnreadablePicture,
            item.Picture,
            () =>
            {
                if (!_dataset.Has(item.Picture))
                {
                    Add(DatasetFaultKind.MissingPicture, item.Picture, $"{item.Picture} does not exist{place}.");
                    return;
                }
                var bytes = File.ReadAllBytes(_dataset.FullPath(item.Picture));
                var picture = PictureReader.Decode(bytes, item.Picture);
                size = (picture.Width, picture.Height, PictureReader.ReadFacts(_dataset.FullPath(item.Picture)).Orientation);
                _notes.Picture(item, size.Value.Item3);
                var content = BitConverter.ToUInt128(SHA256.HashData(bytes));
                if (
                    _contents.TryGetValue(content, out var other)
                    && other.Split != item.Split
                    && !(SplitNames.IsTraining(other.Split) && SplitNames.IsTraining(item.Split))
                )
                    Add(
                        DatasetFaultKind.SharedBetweenSplits,
                        item.Picture,
                        $"{item.Picture} in {item.Split} is the same picture as {other.Picture} in {other.Split}."
                    );
                else
                    _contents.TryAdd(content, item);
            }
        );
        return size;
    }

    private void Label(DatasetItem item, LabelFile label, (int Width, int Height, int Orientation)? picture, string place)
    {
        Guard(
            DatasetFaultKind.UnreadableLabel,
            item.Picture,
            () =>
            {
                if (!_dataset.Has(label.Name))
                {
                    Add(DatasetFaultKind.MissingLabel, item.Picture, $"{item.Picture} has no label: {label.Name} does not exist{place}.");
                    return;
                }
                _seen.Labels++;
                var found = Read(label);
                if (picture is { } whole && LabelSizes.Fault(item, whole, label.Name, found.Size) is { } fault)
                    Add(DatasetFaultKind.SizeMismatch, item.Picture, fault);
                if (label is { IsLossy: true, Kind: LabelKind.Classes or LabelKind.Instances or LabelKind.Panoptic or LabelKind.Depth })
                    Add(DatasetFaultKind.LossyLabel, item.Picture, $"{label.Name} is a JPEG: its ids are no longer those that were saved.");
                if (label is { Kind: LabelKind.Classes, IsPng: true } && found.Ids is null)
                    _notes.Coloured(label);
                if (found.Ids is not { } ids)
                    return;
                _notes.Ids(label, ids);
                if (Outside(label, ids) is { } stray)
                    Add(
                        DatasetFaultKind.IdOutsideClasses,
                        item.Picture,
                        $"{label.Name} has the id {stray.Id} at column {stray.At % found.Size!.Value.Width}, row "
                            + $"{stray.At / found.Size.Value.Width}, which is not a class of this data set."
                    );
            }
        );
    }

    // A colour that no class has is a fault of its ids, not of the file.
    private ((int Width, int Height)? Size, ushort[]? Ids) Read(LabelFile label)
    {
        var path = _dataset.FullPath(label.Name);
        try
        {
            return LabelReader.Read(path, label);
        }
        catch (LumenException fault)
            when (label.Colours is not null && fault.Message.Contains("which no class has", StringComparison.Ordinal))
        {
            Add(DatasetFaultKind.IdOutsideClasses, label.Name, fault.Message);
            return (LabelReader.SizeOf(path, label), null);
        }
    }

    private (int Id, int At)? Outside(LabelFile label, ushort[] ids)
    {
        Span<bool> known = stackalloc bool[256];
        for (var at = 0; at < ids.Length; at++)
        {
            int id = ids[at];
            if (id < known.Length && known[id])
                continue;
            if (!_dataset.Allows(label, id))
                return (id, at);
            if (id < known.Length)
                known[id] = true;
        }
        return null;
    }

    private void Guard(DatasetFaultKind kind, string item, Action act)
    {
        try
        {
            act();
        }
        catch (Exception fault) when (fault is LumenException or IOException or UnauthorizedAccessException)
        {
            Add(kind, item, fault.Message);
        }
    }

    private void Add(DatasetFaultKind kind, string item, string message) => Add(new DatasetFault(kind, item, message));

    private void Add(DatasetFault fault)
    {
        if (!_faults.TryGetValue(fault.Kind, out var first))
            _faults[fault.Kind] = fault;
        else if (first.Message != fault.Message)
            _faults[fault.Kind] = first with { Count = first.Count + 1 }; // a list that cannot be read is met by every part
    }
}

/// <summary>What a check found.</summary>
/// <param name="Items">Items looked at.</param>
/// <param name="Labels">Label files looked at.</param>
/// <param name="Faults">The first fault of every kind, with their numbers; empty where nothing is wrong.</param>
public sealed record DatasetCheckReport(long Items, long Labels, IReadOnlyList<DatasetFault> Faults)
{
    /// <summary>Whether nothing is wrong.</summary>
    public bool IsSound => Faults.Count == 0;

    /// <summary>What is no fault but worth a word, in sentences; the first says how many pictures have a caption.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
