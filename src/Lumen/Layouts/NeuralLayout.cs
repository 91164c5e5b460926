using Lumen.Core.Tensors;
using Lumen.Models.Vision;
using static TorchSharp.torch;

namespace Lumen.Layouts;

/// <summary>The neural layout of one picture, bound by hash to the basis that made it.</summary>
public sealed class NeuralLayout : IDisposable
{
    private readonly Tensor _map;

    /// <summary>A layout that owns a detached float32 copy of the map.</summary>
    /// <param name="map">[N, h, w], RMS about 1 in the first component.</param>
    /// <param name="basisHash"><see cref="LayoutBasis.Hash"/> of the basis that made it.</param>
    /// <param name="source">What the features came from.</param>
    /// <param name="imageWidth">Width of the picture in pixels.</param>
    /// <param name="imageHeight">Height of the picture in pixels.</param>
    public NeuralLayout(Tensor map, string basisHash, FeatureSource source, int imageWidth, int imageHeight)
    {
        Shape.Require(map, nameof(map), "[N, h, w]", s => s is [> 0, > 0, > 0]);
        ArgumentOutOfRangeException.ThrowIfLessThan(imageWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(imageHeight, 1);
        using (NewDisposeScope())
            _map = map.detach().cpu().to(ScalarType.Float32).clone().DetachFromDisposeScope();
        (BasisHash, Source, ImageWidth, ImageHeight) = (basisHash, source, imageWidth, imageHeight);
    }

    /// <summary>[N, h, w], RMS about 1 in the first component, float32 on the processor; owned by the layout.</summary>
    /// <exception cref="ObjectDisposedException">The layout was disposed.</exception>
    public Tensor Map
    {
        get
        {
            ObjectDisposedException.ThrowIf(_map.IsInvalid, this);
            return _map;
        }
    }

    /// <summary>Hash of the basis that made it.</summary>
    public string BasisHash { get; }

    /// <summary>What the features came from.</summary>
    public FeatureSource Source { get; }

    /// <summary>Width of the picture in pixels.</summary>
    public int ImageWidth { get; }

    /// <summary>Height of the picture in pixels.</summary>
    public int ImageHeight { get; }

    /// <summary>N, components of the map.</summary>
    public int Components => (int)Map.shape[0];

    /// <summary>What was done to the layout since it was extracted, in order; empty for an extracted one.</summary>
    public IReadOnlyList<string> Edits { get; init; } = [];

    /// <summary>Refuses a basis that did not make this layout.</summary>
    /// <exception cref="LumenException">Names the difference.</exception>
    public void Require(LayoutBasis basis)
    {
        if (BasisHash == basis.Hash)
            return;
        throw new LumenException(
            LumenErrorKind.Model,
            "The neural layout does not belong to this basis (layout against basis: "
                + $"{Difference(basis.Source, basis.Components, basis.Hash)}). Extract it again with this basis."
        );
    }

    /// <summary>Refuses a layout of another basis: cells of the two mean different things.</summary>
    /// <exception cref="LumenException">Names the difference.</exception>
    public void Require(NeuralLayout other)
    {
        if (BasisHash == other.BasisHash && Components == other.Components)
            return;
        throw new LumenException(
            LumenErrorKind.Model,
            "The two neural layouts do not belong to one basis (first against second: "
                + $"{Difference(other.Source, other.Components, other.BasisHash)}). Extract both with the same basis."
        );
    }

    /// <summary>The layout with only the first components; the others are zero, so that its shape stays what an adapter expects.</summary>
    /// <exception cref="LumenException">There are not that many components.</exception>
    public NeuralLayout First(int components)
    {
        if (components < 1 || components > Components)
            throw new LumenException(
                LumenErrorKind.Model,
                $"{components} layout components were asked for, but the basis has 1 to {Components}."
            );
        using var scope = NewDisposeScope();
        var kept = Map.clone();
        if (components < Components)
            kept.narrow(0, components, Components - components).zero_();
        return With(kept);
    }

    /// <summary>Writes the layout as a safetensors file.</summary>
    public void Save(string path) => NeuralLayoutFile.Save(this, path);

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="LumenException">The file is missing, damaged or not a neural layout.</exception>
    public static NeuralLayout Load(string path) => NeuralLayoutFile.Load(path);

    /// <inheritdoc/>
    public void Dispose() => _map.Dispose();

    /// <summary>The same layout with another map.</summary>
    /// <param name="map">[N, h, w]; copied.</param>
    /// <param name="edit">What was done to it, or null where that is not worth a note.</param>
    internal NeuralLayout With(Tensor map, string? edit = null) =>
        new(map, BasisHash, Source, ImageWidth, ImageHeight) { Edits = edit is null ? Edits : [.. Edits, edit] };

    private string Difference(FeatureSource source, int components, string hash) =>
        Source.DifferenceTo(source)
        ?? (Components != components ? $"{Components} components against {components}" : null)
        ?? $"the same backbone, but another fit: basis {Short(BasisHash)} against {Short(hash)}";

    private static string Short(string hash) => hash.Length > 12 ? hash[..12] : hash;
}
