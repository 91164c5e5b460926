using Lumen.Conditions;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Layouts;
using Lumen.Models.Control;
using Lumen.Models.Vision;
using Lumen.Pretrained;
using Lumen.Scenes;
using Lumen.Training.Data;
using static TorchSharp.torch;

namespace Lumen.Training;

public sealed partial record TrainingTaskFactory
{
    private static readonly RandomStream AlteredPictures = new(0xA17E);

    /// <summary>A fresh adapter on a finished base: fits the basis, extracts the layouts, copies the base's encoder.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="model">The base's folder.</param>
    public ITrainingTask Adapter(Recipe recipe, string model)
    {
        if (recipe.Layout.Photometric is not (>= 0 and <= 1))
            throw new LumenException($"photometric must be a fraction from 0 to 1 but is {recipe.Layout.Photometric}.");
        if (recipe.Layout.FullLayouts is not (>= 0 and <= 1))
            throw new LumenException($"full_layouts must be a fraction from 0 to 1 but is {recipe.Layout.FullLayouts}.");
        var options = recipe.Layout.ToBasisOptions();
        RefusePairs(recipe);
        if (Backbone is not null && recipe.Condition.Kind != ConditionKind.Layout)
            throw new LumenException($"The condition {recipe.Condition.Name} is read by no backbone. Leave out `BackboneWeights`.");
        if (recipe.Condition.Kind == ConditionKind.Layout)
            recipe.Condition.RefuseForeignSettings();
        if (File.Exists(model))
            throw new LumenException(
                $"{model} is a single file; adapters are trained on diffusers folders. Convert it first: lumen model convert "
                    + $"{model}, with an `OutputDir` of its own."
            );
        var type = recipe.Condition.Kind == ConditionKind.Layout ? null : Registry.Conditions.Find(recipe.Condition.Kind);
        var listed = List(recipe.Data)?.For(type);
        var led =
            recipe.Condition.Kind == ConditionKind.Layout
                ? recipe.Condition
                : Filled(recipe.Condition, listed is null ? new LabelClasses(SceneClasses.Count) : listed.Classes);
        var variants = PairsOf(recipe, listed);
        ForeseeAdapter(recipe, listed, model, led);
        var frozen = Opened ?? DiffusionModel.Load(model, Placement, new ModelFileOptions { Registry = Registry });
        RequireDivisible(recipe.Data.Resolution, frozen.SizeMultiple, "the strides of autoencoder and denoiser");
        listed = InBuckets(recipe.Data, listed, frozen.SizeMultiple);
        if (recipe.Condition.Kind == ConditionKind.Layout)
            new BasisFitter(options, SourceOf(recipe.Layout, frozen, recipe.Data.Resolution)).Dispose(); // refuses before pictures are read
        var record = WithModel(
            RecordOf(recipe with { Condition = led }, listed, annotations: type is { NeedsPictureOnly: false }),
            "base model",
            model,
            "unet",
            "vae",
            "text_encoder",
            "tokenizer",
            "scheduler"
        );
        if (Backbone is not null)
            record = record.With(RunEntries.Backbone, Backbone.WeightsHash[..16]);
        if (variants is not null)
            record = record.With(RunEntries.Pairs, variants.Fingerprint);
        using var start = recipe.InitialiseFrom is { } first ? AdapterStart.Open(first, recipe.Condition.Kind, frozen) : null;
        start?.RequireStem(recipe.ConditioningEmbeddingOutChannels);
        if (start is not null && recipe.Condition.Kind == ConditionKind.Layout)
            start.Require(SourceOf(recipe.Layout, frozen, recipe.Data.Resolution));
        if (start is not null)
            record = record.With("start model, controlnet", start.Hash);
        var checkpoint = Compared(record, recipe.Training);
        (this with { Paired = variants }).Forecast((recipe, listed, checkpoint), frozen, (runs, small) => runs.Adapter(small, model));
        var (train, validation) = Open(recipe.Data, listed);
        var hash = VaeHash(model);
        var (data, heldOut) = (Latents(train, frozen.Vae, hash, frozen.Tokenizer), Latents(validation, frozen.Vae, hash, frozen.Tokenizer));
        var pairs = Open(listed, variants, train);
        var condition =
            recipe.Condition.Kind == ConditionKind.Layout
                ? Layouts(recipe, frozen, (data, heldOut, pairs), options, checkpoint)
                : (AdapterCondition)Rasters(recipe, train, validation);
        var control = start is null
            ? FreshAdapter(recipe, frozen, condition)
            : start.Begin(condition.Channels, (condition as LayoutTraining)?.Basis, Placement);
        if (start is not null)
            TakenOver(start.Folder, "controlnet", control);
        control.GradientCheckpointing = frozen.UNet.GradientCheckpointing = recipe.Training.GradientCheckpointing;
        if (condition is LayoutTraining layouts)
            record = record.With(RunEntries.Basis, layouts.Basis.Hash);
        return new AdapterTask(frozen, control, condition, (data, heldOut), recipe.ProportionEmptyPrompts)
        {
            Record = record,
            SnrGamma = recipe.Training.SnrGamma,
            ReleasesEncoders = true,
        };
    }

    private ControlNetModel FreshAdapter(Recipe recipe, DiffusionModel frozen, AdapterCondition condition)
    {
        var config = new ControlNetConfig(frozen.UNet.Config)
        {
            ConditioningChannels = condition.Channels,
            ConditioningEmbeddingOutChannels = recipe.ConditioningEmbeddingOutChannels,
        };
        var control = new ControlNetModel(config, Placement);
        WeightInitialisation.Apply(control, new RandomStream(recipe.Training.Seed).For(2));
        control.InitialiseFrom(frozen.UNet);
        return control;
    }

    private LayoutTraining Layouts(
        Recipe recipe,
        DiffusionModel frozen,
        (DenoisingData Train, DenoisingData HeldOut, LayoutPairs? Pairs) pictures,
        BasisOptions options,
        TrainingCheckpoint? checkpoint
    )
    {
        var (data, heldOut, pairs) = pictures;
        var layout = recipe.Layout;
        var source = SourceOf(layout, frozen, recipe.Data.Resolution);
        var features = LayoutAdapter.FeaturesOf(frozen, source, Backbone);
        var grid = recipe.Data.Resolution / frozen.Vae.Config.Stride;
        var pass = PassSize.Of(frozen.UNet.Config, grid, grid);
        var basis =
            BasisOf(checkpoint, features)
            ?? PreparedBasis(features)
            ?? FitBasis(features, (data, pairs), options, (layout.FitPictures, pass));
        var share = layout.Pairs?.Share ?? 0;
        return new LayoutTraining(
            frozen,
            basis,
            (data.Corpus, Layouts(data, features, basis, pass)),
            (heldOut.Corpus, Layouts(heldOut, features, basis, pass)),
            Backbone
        )
        {
            Photometric = layout.Photometric,
            Pairs = pairs is null || share == 0 ? null : pairs.With(Layouts(pairs, data, features, basis, pass)),
            PairShare = share,
            FullLayouts = layout.FullLayouts,
        };
    }

    private FeatureSource SourceOf(RecipeLayout layout, DiffusionModel frozen, int side)
    {
        if (Backbone is not null)
            return Backbone.SourceOf(layout.Layer, layout.Facet, layout.Resolution);
        if (layout.Resolution is not null)
            throw new LumenException(
                "The recipe's layout has a resolution, which only a vision transformer needs. Give `BackboneWeights`, or leave it out."
            );
        return LayoutFitting.SourceOf(frozen, layout.Layer ?? "up_blocks[2]", layout.Timestep, layout.Facet) with { ImageSize = side };
    }

    // What a look changes is read from pairs where there are any, from jittered pictures otherwise.
    private LayoutBasis FitBasis(
        IFeatureExtractor features,
        (DenoisingData Train, LayoutPairs? Pairs) pictures,
        BasisOptions options,
        (int Pictures, int Pass) amount
    )
    {
        var (data, pairs) = pictures;
        using var fitter = new BasisFitter(options, features.Source);
        var sample = data.Corpus.Sample(amount.Pictures);
        Measured(Features, sample.Count, Add);
        if (pairs is not null && options.AppearancePenalty > 0)
            AddPairs(fitter, features, data, pairs, amount);
        var basis = fitter.Fit();
        basis.NoteData(data.Corpus.Description);
        return basis;

        int Add()
        {
            var done = 0;
            foreach (var indices in data.Corpus.Parts(sample, amount.Pass))
            {
                Stop.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                var own = Extract(features, data, indices);
                if (fitter.TakesNoise && BasisFitter.ForNoise(done, indices.Length) is { Count: > 0 } again)
                    fitter.AddNoise(
                        own[tensor(again.Select(at => (long)at).ToArray()).to(own.device)],
                        Extract(features, data, [.. again.Select(at => indices[at])], BasisFitter.OtherNoise)
                    );
                fitter.Add(own, options.AppearancePenalty > 0 && pairs is null ? Altered(features, data, indices) : null);
                Preparing("reading features", done += indices.Length, sample.Count);
            }
            return done;
        }
    }

    private static Tensor Altered(IFeatureExtractor features, DenoisingData data, int[] indices)
    {
        using var scope = NewDisposeScope();
        var pictures = PhotometricJitter.Strong.Apply(data.Corpus.Batch(indices), AlteredPictures.For(indices[0]));
        return features.Extract(pictures, [.. indices.Select(i => (long)i)]).MoveToOuterDisposeScope();
    }

    private TensorCache Layouts(DenoisingData data, IFeatureExtractor features, LayoutBasis basis, int pass) =>
        Cached(
            LaidOut,
            data.Corpus.Identity,
            basis.Hash,
            data.Latents.Count,
            indices => basis.Project(Extract(features, data, indices)),
            data.Corpus.Buckets,
            pass
        );

    // The U-Net's features need no second encoding.
    private static Tensor Extract(
        IFeatureExtractor features,
        DenoisingData data,
        int[] indices,
        Func<IReadOnlyList<long>, IReadOnlyList<long>>? noise = null
    )
    {
        IReadOnlyList<long> items = [.. indices.Select(i => (long)i)];
        items = noise?.Invoke(items) ?? items;
        return features is StableDiffusionFeatures own
            ? own.ExtractLatents(data.Latents.Batch(indices), items)
            : features.Extract(data.Corpus.Batch(indices), items);
    }
}
