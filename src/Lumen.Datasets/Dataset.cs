namespace Lumen.Datasets;

/// <summary>A labelled data set on disk. Items are streamed: nothing grows with their number but what a caller keeps.</summary>
public abstract class Dataset
{
    private const int NoDirection = 128; // of normals in 8 bits: a vector of no length

    private readonly Lazy<IReadOnlySet<string>> _generated;

    /// <param name="tree">Its folder.</param>
    /// <param name="format">How it is laid out: <see cref="IDatasetFormat.Name"/>.</param>
    protected Dataset(DatasetTree tree, string format)
    {
        (Tree, Format) = (tree, format);
        _generated = new Lazy<IReadOnlySet<string>>(() => GeneratedNames.Read(tree));
    }

    /// <summary>Full path of its folder.</summary>
    public string Root => Tree.Root;

    /// <summary>How it is laid out: <see cref="IDatasetFormat.Name"/>.</summary>
    public string Format { get; }

    /// <summary>Its parts as they are called on disk, training first; <c>all</c> where there are none.</summary>
    public abstract IReadOnlyList<string> Splits { get; }

    /// <summary>Its classes.</summary>
    public virtual ClassTable Classes => ClassTable.Unknown;

    /// <summary>
    /// Whether lists or metadata name the picture files with their endings, so that a new picture may have another ending than its source.
    /// </summary>
    public virtual bool NamesEndings => false;

    public DatasetTree Tree { get; }

    /// <summary>The items of a part in a fixed order, read from disk while they are taken.</summary>
    /// <exception cref="LumenException">There is no such part, or a list cannot be read; the line is named.</exception>
    public IEnumerable<DatasetItem> Items(string split) =>
        Splits.Contains(split)
            ? Read(split)
                .Select(item =>
                    item with
                    {
                        Labels =
                        [
                            .. item.Labels.Select(label =>
                                label with
                                {
                                    Ignore = IgnoreOf(label),
                                    Colours = label.Kind == LabelKind.Classes ? Classes.Colours : null,
                                }
                            ),
                        ],
                        IsGenerated = _generated.Value.Contains(item.Picture),
                    }
                )
            : throw new LumenException(
                LumenErrorKind.Dataset,
                $"The data set {Root} has no part \"{split}\"; it has {string.Join(", ", Splits)}."
            );

    /// <summary>All items, part by part.</summary>
    public IEnumerable<DatasetItem> Items() => Splits.SelectMany(Items);

    /// <summary>
    /// What a picture shows, in words: as the data set says, or the text file of its name beside it does; null where nothing is said.
    /// </summary>
    /// <exception cref="LumenException">The text file is no text in UTF-8 or UTF-16.</exception>
    public string? CaptionOf(DatasetItem item) =>
        string.IsNullOrWhiteSpace(item.Caption) ? CaptionText.In(Tree, item)?.Caption : item.Caption;

    /// <summary>The text file that holds an item's caption; null where there is none, or where a list holds it.</summary>
    /// <exception cref="LumenException">A text file is no text in UTF-8 or UTF-16.</exception>
    public string? CaptionFileOf(DatasetItem item) => string.IsNullOrWhiteSpace(item.Caption) ? CaptionText.In(Tree, item)?.File : null;

    /// <summary>Full path of a file of the data set.</summary>
    /// <exception cref="LumenException">The name leads out of the data set's folder, by itself or through a link that is not to be
    /// followed.</exception>
    public string FullPath(string name) => Tree.Full(name);

    /// <summary>Whether a file is there: an ordinary one, or a link to one. A link that leads nowhere is a missing file.</summary>
    /// <exception cref="LumenException">As <see cref="FullPath"/>.</exception>
    public bool Has(string name) =>
        Tree.HasFile(name) ? Tree.Full(name).Length > 0 : !DatasetTree.IsInside(name) && Tree.Full(name).Length == 0;

    /// <summary>Whether a pixel of this label file may have this id.</summary>
    public virtual bool Allows(LabelFile label, int id) => label.Kind != LabelKind.Classes || Classes.Allows(id);

    /// <summary>What <see cref="LabelFile.Ignore"/> of this label file is.</summary>
    protected virtual int? IgnoreOf(LabelFile label) =>
        label.Kind switch
        {
            LabelKind.Classes => Classes.Ignore,
            LabelKind.Depth or LabelKind.Instances or LabelKind.Panoptic => 0,
            LabelKind.Normals => NoDirection,
            _ => null,
        };

    /// <summary>
    /// What the <paramref name="number"/>th new picture of an item, or the copy of one of its label files, is called, so that readers of
    /// this format find them.
    /// </summary>
    /// <param name="file">Name of the picture or label file.</param>
    /// <param name="number">0, 1, ...</param>
    public virtual string VariantName(string file, int number) => $"{DatasetTree.Stem(file)}_lumen{number}{Path.GetExtension(file)}";

    /// <summary>The same for a name that a list gives without an ending: whatever follows its last dot is no ending.</summary>
    public string VariantStem(string stem, int number) => DatasetTree.Stem(VariantName(stem + ".png", number));

    /// <summary>Whether the lists hold outlines or boxes in pixels.</summary>
    public virtual bool ListsHoldGeometry => false;

    /// <summary>Files that <see cref="WriteLists"/> writes anew.</summary>
    public virtual IEnumerable<string> Lists() => [];

    /// <summary>
    /// Writes the lists of the augmented data set into another folder, each file whole or not at all. The lists of this data set stay as
    /// they are.
    /// </summary>
    public virtual void WriteLists(string folder, DatasetVariants variants) { }

    /// <summary>Columns of the metadata, where none of them is taken for captions.</summary>
    public virtual IReadOnlyList<string> OtherColumns => [];

    /// <summary>Pictures where the data set's are, but named by no list or row.</summary>
    public virtual IEnumerable<string> Unlisted() => [];

    /// <summary>Label files that belong to no picture.</summary>
    public virtual IEnumerable<string> Orphans() => [];

    /// <summary>What else is worth a word in a check.</summary>
    public virtual IEnumerable<string> Notes() => CaptionText.Unread(Tree, Lists());

    /// <summary>Faults that are in the lists themselves.</summary>
    public virtual IEnumerable<DatasetFault> CheckLists() => [];

    /// <summary>The items of a part without those that <see cref="CheckLists"/> has found fault with.</summary>
    public virtual IEnumerable<DatasetItem> Checkable(string split) => Items(split);

    /// <summary>The items of one of <see cref="Splits"/> in a fixed order, read from disk while they are taken.</summary>
    protected abstract IEnumerable<DatasetItem> Read(string split);
}
