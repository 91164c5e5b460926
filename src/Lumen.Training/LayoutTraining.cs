using Lumen.Conditions;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Models.Vision;
using Lumen.Training.Data;
using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>
/// Neural layouts as the condition of an adapter. Nested component dropout: for half of the samples (<see cref="FullLayouts"/>) only the
/// first N' components are kept, N' drawn evenly from 1...N, so that one adapter serves every N.
/// </summary>
/// <param name="model">The frozen base.</param>
/// <param name="basis">The basis of the layouts.</param>
/// <param name="train">Training pictures with their layouts.</param>
/// <param name="heldOut">Validation pictures with their layouts.</param>
/// <param name="backbone">The vision transformer that layouts are read with; null for the base's own U-Net.</param>
internal sealed class LayoutTraining(
    DiffusionModel model,
    LayoutBasis basis,
    (PictureCorpus Corpus, TensorCache Layouts) train,
    (PictureCorpus Corpus, TensorCache Layouts) heldOut,
    Backbone? backbone = null
) : AdapterCondition
{
    private readonly PhotometricJitter _jitter = new();
    private readonly Lock _making = new();
    private IFeatureExtractor? _features;

    /// <summary>The basis that layouts are made with.</summary>
    public LayoutBasis Basis => basis;

    /// <summary>
    /// Fraction 0...1 of the training samples whose layout is read from a <see cref="PhotometricJitter">jittered</see> picture; what is to
    /// be generated stays the original.
    /// </summary>
    public double Photometric { get; init; }

    /// <summary>Variants of the training pictures in other looks; null for none.</summary>
    public LayoutPairs? Pairs { get; init; }

    /// <summary>
    /// Fraction 0...1 of the training samples whose layout is that of a variant, where there is one; what is to be generated stays the
    /// original, and <see cref="Photometric"/> counts for the others.
    /// </summary>
    public double PairShare { get; init; }

    /// <summary>Fraction 0...1 of the training samples that keep all components; 1 trains an adapter for N components alone.</summary>
    public double FullLayouts { get; init; } = 0.5;

    /// <inheritdoc/>
    public override ConditionSettings Settings => new() { Kind = ConditionKind.Layout };

    /// <inheritdoc/>
    public override int Channels => basis.Components;

    /// <inheritdoc/>
    public override Tensor Train(int[] indices, BatchPart part, (long Height, long Width) size, RandomStream random)
    {
        using var scope = NewDisposeScope();
        var layouts = part.Of(DropComponents(LayoutsOf(indices, part, random.For(5)), FullLayouts, random.For(4)));
        return LayoutAdapter.Condition(layouts, size.Height, size.Width).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor HeldOut(int[] indices, (long Height, long Width) size)
    {
        using var scope = NewDisposeScope();
        return LayoutAdapter
            .Condition(heldOut.Layouts.Batch(indices, model.Placement.Device), size.Height, size.Width)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Mean cosine, cell by cell, between the layouts of the results and those they were made from.</summary>
    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, double>> Figures(Tensor images, int[] indices)
    {
        using var scope = NewDisposeScope();
        var features = Features().Extract(images.clamp(-1, 1), [.. indices.Select(i => (long)i)]);
        return
        [
            new(
                "layout_agreement",
                nn.functional.cosine_similarity(basis.Project(features), heldOut.Layouts.Batch(indices, features.device), 1)
                    .mean()
                    .item<float>()
            ),
        ];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Picture> Draw(int[] indices)
    {
        using var scope = NewDisposeScope();
        var layouts = heldOut.Layouts.Batch(indices);
        return
        [
            .. Enumerable
                .Range(0, indices.Length)
                .Select(i => (Layout: layouts[i], Shape: heldOut.Corpus.ShapeOf(indices[i])))
                .Select(one =>
                    LayoutDrawing.Rgb(new NeuralLayout(one.Layout, basis.Hash, basis.Source, one.Shape.Width, one.Shape.Height))
                ),
        ];
    }

    /// <inheritdoc/>
    public override bool LetsGoOfEncoders()
    {
        if (Photometric > 0 && basis.Source.IsDiffusion)
            return false;
        lock (_making)
            _features = null;
        return true;
    }

    /// <inheritdoc/>
    public override void Save(string folder)
    {
        base.Save(folder);
        basis.Save(folder);
    }

    /// <summary>Zeroes the components above a drawn N' for all but a fraction of the samples.</summary>
    /// <param name="layouts">[B, N, h, w].</param>
    /// <param name="full">Fraction that keeps all components.</param>
    /// <param name="random">The step's stream.</param>
    public static Tensor DropComponents(Tensor layouts, double full, RandomStream random)
    {
        using var scope = NewDisposeScope();
        var (batch, components) = ((int)layouts.shape[0], (int)layouts.shape[1]);
        var keep = new float[batch * components];
        for (var i = 0; i < batch; i++)
        {
            var kept = random.UniformAt(2 * i) < full ? components : 1 + random.IndexAt(2 * i + 1, components);
            keep.AsSpan(i * components, (int)kept).Fill(1);
        }
        return (layouts * tensor(keep, batch, components, 1, 1).to(layouts.device)).MoveToOuterDisposeScope();
    }

    private IFeatureExtractor Features()
    {
        lock (_making)
            return _features ??= LayoutAdapter.FeaturesOf(model, basis.Source, backbone);
    }

    // [B, N, h, w] of the whole batch; those of the part are at times a variant's, or read from jittered pictures.
    private Tensor LayoutsOf(int[] indices, BatchPart part, RandomStream random)
    {
        var layouts = train.Layouts.Batch(indices, model.Placement.Device);
        var variants = Pairs?.Choose(indices, PairShare, random.For(-2));
        int[] paired = [.. Enumerable.Range(0, indices.Length).Where(i => variants?[i] >= 0 && IsIn(part, i))];
        if (paired.Length > 0)
            Put(layouts, paired, Pairs!.Layouts!.Batch([.. paired.Select(i => variants![i])], layouts.device));
        int[] chosen = [.. Enumerable.Range(0, indices.Length).Where(i => !(variants?[i] >= 0) && random.UniformAt(i) < Photometric)];
        int[] wanted = [.. Enumerable.Range(0, chosen.Length).Where(k => IsIn(part, chosen[k]))];
        if (wanted.Length == 0)
            return layouts;
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        int[] pictures = [.. chosen.Select(i => indices[i])];
        var jittered = _jitter.Apply(train.Corpus.Batch(pictures), random.For(-1));
        if (wanted.Length < chosen.Length)
            jittered = jittered.index_select(0, tensor(wanted.Select(k => (long)k).ToArray()));
        var seen = basis.Project(Features().Extract(jittered, [.. wanted.Select(k => (long)pictures[k])]));
        Put(layouts, [.. wanted.Select(k => chosen[k])], seen);
        return layouts;
    }

    private static bool IsIn(BatchPart part, int sample) => sample >= part.First && sample < part.First + part.Count;

    // Some rows of a batch in place of those that are there.
    private static void Put(Tensor layouts, int[] samples, Tensor rows)
    {
        using var scope = NewDisposeScope();
        var places = tensor(samples.Select(i => (long)i).ToArray()).to(layouts.device);
        layouts.index_copy_(0, places, rows.to(layouts.device));
    }
}
