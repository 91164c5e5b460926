using Lumen.Conditions;
using Lumen.Datasets;

namespace Lumen.Training.Data;

/// <summary>
/// The pictures of a folder, listed and divided; none is read yet. Test parts are never touched, and what was generated is left out.
/// </summary>
public sealed class FolderPictures
{
    private readonly Dataset _dataset;

    private FolderPictures(FolderSelection selection, Dataset dataset, string split)
    {
        (Selection, _dataset, Split) = (selection, dataset, split);
        Classes = LabelClasses.Of(dataset.Classes);
    }

    /// <summary>What was asked for.</summary>
    public FolderSelection Selection { get; }

    /// <summary>The part that is trained on, as it is called on disk.</summary>
    public string Split { get; }

    /// <summary>The part that is held out; null where it was drawn from the same part.</summary>
    public string? HeldOutSplit { get; private init; }

    /// <summary>Its classes; null where it does not say.</summary>
    public LabelClasses? Classes { get; }

    /// <summary>Pictures to train on, by name.</summary>
    public required IReadOnlyList<FolderPicture> Train { get; init; }

    /// <summary>Pictures for validation, by name.</summary>
    public required IReadOnlyList<FolderPicture> HeldOut { get; init; }

    /// <summary>Name of the folder, for messages and the names of caches.</summary>
    public string Name => Path.GetFileName(_dataset.Root) is { Length: > 0 } name ? name : _dataset.Format;

    /// <summary>How many of the pictures to train on have a caption of their own.</summary>
    public CaptionCount Captions => new(Train.Count(picture => picture.IsCaptioned), Train.Count, _dataset.OtherColumns);

    public Dataset Dataset => _dataset;

    /// <summary>What is trained on and what is held out, in words.</summary>
    public string Description
    {
        get
        {
            var heldOut = HeldOutSplit is { } part
                ? $"{HeldOut.Count} of part {part} held out"
                : $"{HeldOut.Count} of the same held "
                    + $"out{(Selection.ValidationBlock > 1 ? $" in blocks of {Selection.ValidationBlock}" : "")}";
            var items =
                Selection.Variants > 1
                    ? $", each as {Selection.Variants} crops{(Selection.HorizontalFlips ? " (half of them mirrored)" : "")}"
                    : "";
            return $"{Name} ({_dataset.Format}): {Train.Count} pictures of part {Split} to train on{items}; {heldOut}; {Captions}";
        }
    }

    /// <summary>Lists a folder.</summary>
    /// <exception cref="LumenException">The folder, a part or a list cannot be used, the part is held out, or there are too few
    /// pictures.</exception>
    public static FolderPictures List(FolderSelection selection)
    {
        selection.Validate();
        if (!Directory.Exists(selection.Folder))
            throw new LumenException(
                $"There is no folder of pictures at {selection.Folder}. Give one with `TrainDataDir`, or correct \"folder\" in "
                    + "the recipe's data."
            );
        var dataset = DatasetFormats.OpenPictures(selection.Folder, selection.Format, selection.Options);
        if (!selection.AllowHeldOut)
            HeldOutGuard.Require(dataset);
        var split = TrainingPart.Of(dataset, selection.Split, selection.AllowHeldOut);
        var all = PicturesOf(dataset, split, selection);
        var own = dataset.Splits.FirstOrDefault(part => SplitNames.IsValidation(part) && part != split);
        var (train, heldOut) = own is null ? HeldOutDraw.Divide(all, selection) : (all, PicturesOf(dataset, own, selection));
        return new FolderPictures(selection, dataset, split)
        {
            HeldOutSplit = own,
            Train = train,
            HeldOut = HeldOutDraw.Thin(heldOut, selection.ValidationPictures),
        };
    }

    /// <summary>
    /// Lists a held-out part to measure on. There is nothing to train on, but where a data set has no such part: then both are drawn as
    /// <see cref="List"/> draws them.
    /// </summary>
    /// <param name="selection">Its part; null for the test part, or whatever is held out. For a draw, the share, blocks and seed of the
    /// recipes that models were trained by.</param>
    /// <exception cref="LumenException">The folder or the part cannot be used, or is one that models are trained on.</exception>
    public static FolderPictures ListHeldOut(FolderSelection selection)
    {
        selection.Validate();
        if (!Directory.Exists(selection.Folder))
            throw new LumenException($"There is no folder of pictures at {selection.Folder}. Correct \"folder\" in the recipe's data.");
        var dataset = DatasetFormats.OpenPictures(selection.Folder, selection.Format, selection.Options);
        var parts = string.Join(", ", dataset.Splits);
        if ((selection.Split ?? dataset.Splits.LastOrDefault(SplitNames.IsHeldOut)) is not { } split)
            return List(selection with { ValidationPictures = int.MaxValue });
        if (!dataset.Splits.Contains(split))
            throw new LumenException(
                $"{dataset.Root} has no part \"{split}\"; it has {parts}. Name one of them with \"split\" in the recipe's data."
            );
        if (!SplitNames.IsHeldOut(split))
            throw new LumenException(
                $"The part \"{split}\" of {dataset.Root} is not held out: models are trained on it, so nothing can be measured on "
                    + $"it. It has {parts}."
            );
        return new FolderPictures(selection.Plain, dataset, split)
        {
            HeldOutSplit = split,
            Train = [],
            HeldOut = PicturesOf(dataset, split, selection.Plain),
        };
    }

    /// <summary>The same pictures with the label files that a condition needs, and no others.</summary>
    /// <param name="condition">The condition; null for the layout, which needs none.</param>
    /// <exception cref="LumenException">A picture has none, or its file is missing.</exception>
    public FolderPictures For(ConditionType? condition)
    {
        var needs = condition?.Needs ?? AnnotationKinds.None;
        if (needs.HasFlag(AnnotationKinds.Labels))
            IgnoredValue.RequireMeant(_dataset, Split);
        Require(AnnotationKinds.Labels, "labels", picture => picture.Labels);
        Require(AnnotationKinds.Depth, "depth", picture => picture.Depth);
        Require(AnnotationKinds.Normals, "normals", picture => picture.Normals);
        return new FolderPictures(Selection, _dataset, Split)
        {
            HeldOutSplit = HeldOutSplit,
            Train = Kept(Train),
            HeldOut = Kept(HeldOut),
        };

        void Require(AnnotationKinds kind, string what, Func<FolderPicture, string?> file)
        {
            if (!needs.HasFlag(kind))
                return;
            var without = Train.Concat(HeldOut).Where(picture => !File.Exists(file(picture))).ToList();
            if (without.Count > 0)
                throw new LumenException(
                    $"{without.Count} of the {Train.Count + HeldOut.Count} pictures of {Selection.Folder} have no {what}, the first "
                        + $"is {without[0].Name}. The condition {condition!.Kind.Words} needs them: run lumen data check "
                        + $"{Selection.Folder} to see all that is wrong."
                );
        }

        IReadOnlyList<FolderPicture> Kept(IReadOnlyList<FolderPicture> pictures) =>
            [
                .. pictures.Select(picture =>
                    picture with
                    {
                        Labels = needs.HasFlag(AnnotationKinds.Labels) ? picture.Labels : null,
                        Depth = needs.HasFlag(AnnotationKinds.Depth) ? picture.Depth : null,
                        Normals = needs.HasFlag(AnnotationKinds.Normals) ? picture.Normals : null,
                    }
                ),
            ];
    }

    /// <summary>The same pictures, brought to other shapes.</summary>
    internal FolderPictures In(IReadOnlyList<PictureShape> shapes) =>
        new(Selection with { Shapes = shapes }, _dataset, Split)
        {
            HeldOutSplit = HeldOutSplit,
            Train = Train,
            HeldOut = HeldOut,
        };

    /// <summary>The first of them, for a trial; before all others those that have variants.</summary>
    internal FolderPictures First(int train, int heldOut, VariantPictures? variants) =>
        new(Selection, _dataset, Split)
        {
            HeldOutSplit = HeldOutSplit,
            Train = [.. Train.OrderBy(picture => variants?.Have(picture) == false).Take(train)],
            HeldOut = [.. HeldOut.Take(heldOut)],
        };

    private static List<FolderPicture> PicturesOf(Dataset dataset, string split, FolderSelection selection)
    {
        var pictures = dataset
            .Items(split)
            .Where(item => !item.IsGenerated)
            .OrderBy(item => item.Picture, StringComparer.Ordinal)
            .Select(item => Of(dataset, item, selection))
            .ToList();
        if (pictures.Count == 0)
            throw new LumenException(
                $"The part {split} of {selection.Folder} holds no pictures: run lumen data check {selection.Folder} to see why."
            );
        return pictures;
    }

    private static FolderPicture Of(Dataset dataset, DatasetItem item, FolderSelection selection)
    {
        var path = dataset.FullPath(item.Picture);
        var own = dataset.CaptionOf(item);
        var depth = Find(LabelKind.Depth, label => label.StepsPerMetre is not null);
        return new FolderPicture(item.Picture, path)
        {
            Caption = own ?? selection.Caption,
            IsCaptioned = own is not null,
            Labels = PathOf(Find(LabelKind.Classes, label => selection.Labels is null || label.Role == selection.Labels)),
            LabelColours = dataset.Classes.Colours,
            Depth = PathOf(depth),
            DepthSteps = depth?.StepsPerMetre ?? new FolderPicture("", "").DepthSteps,
            Normals = PathOf(Find(LabelKind.Normals, _ => true)),
        };

        LabelFile? Find(LabelKind kind, Func<LabelFile, bool> wanted) =>
            item
                .Labels.Where(label => label.Kind == kind && wanted(label))
                .OrderBy(label => label.Role, StringComparer.Ordinal)
                .FirstOrDefault();

        string? PathOf(LabelFile? label) => label is null ? null : dataset.FullPath(label.Name);
    }
}
