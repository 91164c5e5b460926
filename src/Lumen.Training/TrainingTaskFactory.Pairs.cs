using Lumen.Conditions;
using Lumen.Layouts;
using Lumen.Models.Vision;
using Lumen.Training.Data;
using static TorchSharp.torch;

namespace Lumen.Training;

public sealed partial record TrainingTaskFactory
{
    private const string VariantPixels = "variants",
        VariantFeatures = "variant-features",
        VariantLayouts = "variant-layouts"; // kinds of preparations, as those of the training pictures themselves

    /// <summary>In a trial, and while one is made: the variants that were listed already.</summary>
    private VariantPictures? Paired { get; init; }

    // Before anything is read.
    private static void RefusePairs(Recipe recipe)
    {
        if (recipe.Layout.Pairs is not { } pairs)
            return;
        pairs.Validate(recipe.Layout.AppearancePenalty);
        if (recipe.Condition.Kind != ConditionKind.Layout)
            throw new LumenException(
                LumenErrorKind.Option,
                $"Pairs take the look out of layouts; the condition {recipe.Condition.Name} is made without any. Leave out the pairs of "
                    + "the recipe's layout."
            );
        if (recipe.Data.Folder is null)
            throw new LumenException(
                LumenErrorKind.Option,
                "Pairs are those of pictures in a folder, but the recipe renders its scenes itself. Write scenes into a folder (lumen "
                    + "scenes render), give that to `TrainDataDir` and to lumen augment, or leave out the pairs of the recipe's layout."
            );
    }

    private VariantPictures? PairsOf(Recipe recipe, FolderPictures? listed)
    {
        if (recipe.Layout.Pairs is not { } pairs)
            return null;
        if (Trial is not null)
            return Paired!.Of(listed!.Train);
        var variants = VariantPictures.List(pairs, listed!, Warn, Stop);
        Note($"pairs    {variants.Description}");
        return variants;
    }

    // The pictures of the variants, crop by crop as those of the training pictures.
    private LayoutPairs? Open(FolderPictures? listed, VariantPictures? variants, PictureCorpus train)
    {
        if (variants is null)
            return null;
        var count = variants.Pictures.Count;
        Trial?.Store(VariantPixels, FolderPixels.ItemBytes(listed!.Selection));
        var corpus = Measured(
            VariantPixels,
            count,
            () => FolderCorpus.OpenVariants(listed!, variants, Cache, new Count(this, "reading variants", count), Stop)
        );
        if (corpus.Skipped.Count > 0)
            Note($"skipped  {corpus.Skipped.Count} of the variants that cannot be read; the first: {corpus.Skipped[0]}");
        return new LayoutPairs((FolderCorpus)train, corpus);
    }

    private void AddPairs(
        BasisFitter fitter,
        IFeatureExtractor features,
        DenoisingData data,
        LayoutPairs pairs,
        (int Pictures, int Pass) amount
    )
    {
        var sample = pairs.Sample(amount.Pictures);
        Measured(VariantFeatures, sample.Count, Add);

        int Add()
        {
            var done = 0;
            foreach (var variants in pairs.Corpus.Parts(sample, amount.Pass))
            {
                Stop.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                int[] sources = [.. variants.Select(pairs.SourceOf)];
                fitter.AddPair(Extract(features, data, sources), Extract(features, pairs, variants));
                Preparing("comparing pairs", done += variants.Length, sample.Count);
            }
            return done;
        }
    }

    private TensorCache Layouts(LayoutPairs pairs, DenoisingData data, IFeatureExtractor features, LayoutBasis basis, int pass) =>
        Cached(
            VariantLayouts,
            LayoutIdentity(pairs.Corpus.Identity, data.Corpus.Identity),
            basis.Hash,
            pairs.Corpus.Count,
            indices => basis.Project(Extract(features, pairs, indices)),
            pairs.Corpus.Buckets,
            pass
        );

    // Noise is that of the training item, which its place among all of them says.
    private static string LayoutIdentity(string variants, string train) => $"{variants}-{NameHash.Short([train])[..8]}";

    // With the noise of the originals, so that nothing but the look differs.
    private static Tensor Extract(IFeatureExtractor features, LayoutPairs pairs, int[] variants)
    {
        using var scope = NewDisposeScope();
        return features
            .Extract(pairs.Corpus.Batch(variants), [.. variants.Select(at => (long)Math.Max(0, pairs.SourceOf(at)))])
            .MoveToOuterDisposeScope();
    }
}
