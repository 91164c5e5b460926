using Lumen.Core.Tensors;
using Lumen.Training.Data;

namespace Lumen.Training;

/// <summary>Which items of a training corpus have variants in other looks, crop by crop.</summary>
internal sealed class LayoutPairs
{
    private readonly int[][] _variants; // of each training item
    private readonly int[] _sources; // of each variant; -1 where its picture was left out

    /// <param name="train">The training pictures.</param>
    /// <param name="variants">Their variants: items with the crops of their sources.</param>
    public LayoutPairs(FolderCorpus train, FolderCorpus variants)
    {
        Corpus = variants;
        var items = Enumerable.Range(0, train.Count).GroupBy(index => train.PictureOf(index).Name, StringComparer.Ordinal);
        var crops = items.ToDictionary(alike => alike.Key, alike => alike.ToArray(), StringComparer.Ordinal);
        var seen = new Dictionary<FolderPicture, int>(ReferenceEqualityComparer.Instance);
        _sources = new int[variants.Count];
        for (var at = 0; at < variants.Count; at++)
        {
            var picture = variants.PictureOf(at);
            var crop = seen[picture] = seen.GetValueOrDefault(picture, -1) + 1;
            _sources[at] = crops.TryGetValue(picture.Of!.Name, out var own) ? own[crop] : -1;
        }
        var found = Enumerable.Range(0, variants.Count).ToLookup(at => _sources[at]);
        _variants = [.. Enumerable.Range(0, train.Count).Select(index => found[index].ToArray())];
    }

    private LayoutPairs(LayoutPairs other) => (_variants, _sources, Corpus) = (other._variants, other._sources, other.Corpus);

    /// <summary>The pictures of the variants.</summary>
    public FolderCorpus Corpus { get; }

    /// <summary>The layouts of the variants; null where they count in the basis alone.</summary>
    public TensorCache? Layouts { get; private init; }

    /// <summary>The same pairs with the layouts of the variants.</summary>
    public LayoutPairs With(TensorCache layouts) => new(this) { Layouts = layouts };

    /// <summary>The training item that a variant belongs to, and whose noise its features are read with.</summary>
    public int SourceOf(int variant) => _sources[variant];

    /// <summary>At most so many variants, spread evenly over all that belong to an item.</summary>
    public IReadOnlyList<int> Sample(int most)
    {
        int[] all = [.. Enumerable.Range(0, _sources.Length).Where(at => _sources[at] >= 0)];
        return all.Length <= most ? all : [.. Enumerable.Range(0, most).Select(at => all[(long)at * all.Length / most])];
    }

    /// <summary>
    /// For each sample of a batch the variant whose layout it gets, or -1 for its own: with the chance that is asked for one of its
    /// variants, each as likely. Depends on the stream and the sample's place in the batch alone.
    /// </summary>
    /// <param name="indices">Training items of the whole batch.</param>
    /// <param name="share">Fraction 0...1.</param>
    /// <param name="random">A stream of the step.</param>
    public int[] Choose(int[] indices, double share, RandomStream random) =>
        [
            .. indices.Select(
                (index, at) =>
                    _variants[index] is { Length: > 0 } variants && random.UniformAt(2L * at) < share
                        ? variants[random.IndexAt(2L * at + 1, variants.Length)]
                        : -1
            ),
        ];
}
