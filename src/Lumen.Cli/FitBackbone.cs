using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Models.Vision;

namespace Lumen.Cli;

/// <summary>The network that <c>lumen layout fit</c> was told to use, opened.</summary>
internal sealed class FitBackbone : IDisposable
{
    private readonly IDisposable _network;

    private FitBackbone(IDisposable network, IFeatureExtractor features, WorkingSize size) =>
        (_network, Features, Size) = (network, features, size);

    /// <summary>What is asked for; null entries have the backbone's default.</summary>
    public sealed record Choice(
        string? Backbone,
        string? Weights,
        string? Layer,
        string? Facet,
        (int? At, int? Ensemble) Noise,
        int? Resolution,
        string? Activation
    );

    public IFeatureExtractor Features { get; }

    /// <summary>What was assumed about the network because nothing says it, in words; null where nothing was.</summary>
    public string? Assumption { get; private init; }

    public WorkingSize Size { get; }

    /// <exception cref="LumenException">An option does not fit the backbone, or the weights cannot be used.</exception>
    public static FitBackbone Open(Choice choice, Placement placement, Func<DiffusionModel> model, LumenRegistry? registry = null)
    {
        var backbone = choice.Backbone ?? FeatureSource.StableDiffusion;
        return backbone == FeatureSource.StableDiffusion ? OfModel(choice, model) : OfWeights(choice, backbone, placement, registry);
    }

    public void Dispose() => _network.Dispose();

    private static FitBackbone OfModel(Choice choice, Func<DiffusionModel> model)
    {
        BackboneFlags.RefuseFor(
            FeatureSource.StableDiffusion,
            ("--weights", choice.Weights),
            ("--resolution", choice.Resolution),
            ("--activation", choice.Activation)
        );
        var facet = choice.Facet == "token" ? null : choice.Facet; // a block's output is what it has instead of tokens
        return Guarded(
            model(),
            opened =>
            {
                var source = LayoutFitting.SourceOf(
                    opened,
                    choice.Layer ?? "up_blocks[2]",
                    choice.Noise.At ?? 100,
                    facet,
                    choice.Noise.Ensemble ?? 1
                );
                return new FitBackbone(opened, LayoutAdapter.FeaturesOf(opened, source), WorkingSize.Of(opened));
            }
        );
    }

    private static FitBackbone OfWeights(Choice choice, string backbone, Placement placement, LumenRegistry? registry)
    {
        BackboneFlags.RefuseFor(backbone, ("--timestep", choice.Noise.At), ("--ensemble", choice.Noise.Ensemble));
        var weights =
            choice.Weights
            ?? throw new LumenException(
                $"The backbone {backbone} needs its weights. Give --weights a .safetensors file, or a folder with one and its config.json."
            );
        return Guarded(
            VisionBackboneFile.Open(weights, placement, backbone, choice.Activation, registry),
            opened =>
            {
                var source = opened.SourceOf(choice.Layer, choice.Facet, choice.Resolution);
                return new FitBackbone(opened, opened.FeaturesOf(source), VisionBackboneFile.SizeOf(opened, source))
                {
                    Assumption = opened.Assumption is { } assumed ? $"{assumed} Say which with --activation." : null,
                };
            }
        );
    }

    private static FitBackbone Guarded<T>(T network, Func<T, FitBackbone> use)
        where T : IDisposable
    {
        try
        {
            return use(network);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }
}
