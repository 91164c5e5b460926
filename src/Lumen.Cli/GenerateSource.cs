using Lumen.Generation;
using Lumen.Imaging;

namespace Lumen.Cli;

/// <summary>What steers <c>lumen generate</c>: a layout or a condition image, with the adapter that reads it.</summary>
internal abstract class GenerateSource(SteeringContent content) : IDisposable
{
    /// <summary>The steering file.</summary>
    public SteeringContent Content => content;

    /// <summary>Model and adapter.</summary>
    public abstract ImageGenerator Generator { get; }

    /// <summary>The request of the first picture.</summary>
    public abstract GenerationRequest Request { get; }

    /// <summary>What steers, in a few words.</summary>
    public abstract string Introduction { get; }

    /// <summary>Says what about the steering file makes good results unlikely.</summary>
    public virtual void Warn(Terminal terminal) { }

    /// <summary>How well a result keeps the layout, or null where there is none.</summary>
    public virtual double? Agreement(Picture result) => null;

    /// <summary>Name and weights hash of the adapter.</summary>
    public abstract (string Name, string Hash) Adapter { get; }

    /// <summary>What the steering file is, as records name it.</summary>
    public abstract string Kind { get; }

    /// <summary>The layout for the record of a result, or null where there is none.</summary>
    public virtual LayoutRecord? Layout(double? agreement) => null;

    /// <summary>The contact sheet.</summary>
    public abstract Picture Sheet(IReadOnlyList<(Picture Picture, string Caption)> results);

    public abstract void Dispose();
}
