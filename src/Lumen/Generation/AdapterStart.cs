using Lumen.Conditions;
using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Layouts;
using Lumen.Models.Control;
using Lumen.Models.Vision;
using Lumen.Pretrained;
using static TorchSharp.torch;

namespace Lumen.Generation;

/// <summary>An adapter whose weights the training of another one begins with; the base may have been trained on since.</summary>
public sealed class AdapterStart : IDisposable
{
    private readonly ControlNetSource _source;
    private readonly LayoutBasis? _basis;

    private AdapterStart(string folder, ControlNetSource source, LayoutBasis? basis)
    {
        (Folder, _source, _basis) = (folder, source, basis);
        Hash = DiffusionModel.HashOf([.. Checkpoint.FilesOf(folder)])[..16] + (basis is null ? "" : $", basis {basis.Hash[..16]}");
    }

    /// <summary>Its folder.</summary>
    public string Folder { get; }

    /// <summary>What it is: its weights, and the basis that they were trained on.</summary>
    public string Hash { get; }

    /// <summary>Opens a ControlNet folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="kind">The condition of the adapter that begins with it.</param>
    /// <param name="model">The base.</param>
    /// <exception cref="LumenException">It is no adapter, or one for another kind of model or condition.</exception>
    public static AdapterStart Open(string folder, ConditionKind kind, DiffusionModel model)
    {
        if (!Directory.Exists(folder))
            throw Refused($"{folder} is no adapter folder (config.json, weights)");
        PartFolder.RequireControlNet(folder);
        var (basis, condition) = (
            File.Exists(Path.Combine(folder, "lumen", "layout.json")) ? LayoutBasis.Load(folder) : null,
            ConditionSettings.Load(folder)
        );
        ControlNetSource? source = null;
        try
        {
            source = ControlNetSource.Open(folder);
            ControlNetFit.Require(folder, source.Config, model);
            var own = basis is null ? condition?.Kind : ConditionKind.Layout;
            if (own is { } other && other != kind)
                throw Refused($"{folder} is conditioned on {other.Name}, but this one is to be conditioned on {kind.Name}");
            if (own is null && kind == ConditionKind.Layout)
                throw Refused($"{folder} has no lumen/layout.json, so nothing says what its condition's channels are");
            return new AdapterStart(folder, source, basis);
        }
        catch
        {
            source?.Dispose();
            basis?.Dispose();
            throw;
        }
    }

    /// <summary>Refuses layouts of other features than its own.</summary>
    /// <param name="features">What the layouts of the new adapter are read from. Other weights of the same network are let pass: those of
    /// a base that was trained on.</param>
    /// <exception cref="LumenException">They are others.</exception>
    public void Require(FeatureSource features)
    {
        if (_basis?.Source.DifferenceTo(features with { WeightsHash = _basis.Source.WeightsHash }) is { } difference)
            throw Refused($"{Folder} reads layouts of other features: {difference}");
    }

    /// <summary>Refuses a stem of other widths than its own, which the new adapter takes over.</summary>
    /// <exception cref="LumenException">They are others.</exception>
    public void RequireStem(IReadOnlyList<long> widths)
    {
        var own = _source.Config.ConditioningEmbeddingOutChannels;
        if (!own.SequenceEqual(widths))
            throw Refused(
                $"its stem has the widths {string.Join(", ", own)}, but conditioning_embedding_out_channels of the recipe are "
                    + $"{string.Join(", ", widths)}; write the adapter's there"
            );
    }

    /// <summary>
    /// A new adapter with its weights. Where both read layouts of different bases, the first convolution is turned, so that the new one
    /// begins where the old one ended, less what only the old basis kept.
    /// </summary>
    /// <param name="channels">Channels of the new adapter's condition.</param>
    /// <param name="basis">The basis of its layouts; null for another condition.</param>
    /// <param name="placement">Device and compute type.</param>
    /// <returns>The new adapter, all of it trainable; it is the caller's.</returns>
    /// <exception cref="LumenException">The conditions have different numbers of channels and are no layouts.</exception>
    public ControlNetModel Begin(int channels, LayoutBasis? basis, Placement placement)
    {
        if (basis is null && _source.Config.ConditioningChannels != channels)
            throw Refused($"the condition of {Folder} has {_source.Config.ConditioningChannels} channels, but that of this one {channels}");
        using var begun = _source.Load(placement);
        var control = new ControlNetModel(_source.Config with { ConditioningChannels = channels }, placement);
        using var scope = NewDisposeScope();
        control.InitialiseFrom(begun, basis is null || basis.Hash == _basis!.Hash ? null : _basis.From(basis));
        return control;
    }

    public void Dispose()
    {
        _source.Dispose();
        _basis?.Dispose();
    }

    private static LumenException Refused(string reason) =>
        new(
            LumenErrorKind.Model,
            $"The adapter cannot begin with these weights: {reason}. Give `InitialiseFrom` the folder controlnet of an adapter of the same "
                + "kind, or leave it out: an adapter then begins with its base's own encoder."
        );
}
