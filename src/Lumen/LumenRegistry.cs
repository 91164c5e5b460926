using Lumen.Conditions;
using Lumen.Models.Schedules;
using Lumen.Models.Vision;

namespace Lumen;

/// <summary>
/// What models, adapters and recipes may name: backbones, samplers and conditions. Immutable; begin with <see cref="BuiltIn"/>, add types
/// of your own with <see cref="With(SamplerType)"/> and hand the result over where a model is opened
/// (<see cref="Pretrained.ModelFileOptions.Registry"/>).
/// </summary>
public sealed record LumenRegistry
{
    /// <summary>What Lumen brings with it.</summary>
    public static LumenRegistry BuiltIn { get; } = new();

    /// <summary>Networks that layouts are read with, besides a model's own U-Net.</summary>
    public BackboneRegistry Backbones { get; init; } = BackboneRegistry.BuiltIn;

    /// <summary>Samplers.</summary>
    public SamplerRegistry Samplers { get; init; } = SamplerRegistry.BuiltIn;

    /// <summary>What may lead an adapter besides the neural layout.</summary>
    public ConditionRegistry Conditions { get; init; } = ConditionRegistry.BuiltIn;

    /// <summary>The same with one more backbone.</summary>
    /// <exception cref="LumenException">Its name is taken.</exception>
    public LumenRegistry With(IBackboneType type) => this with { Backbones = Backbones.With(type) };

    /// <summary>The same with one more sampler.</summary>
    /// <exception cref="LumenException">One of its names is taken.</exception>
    public LumenRegistry With(SamplerType type) => this with { Samplers = Samplers.With(type) };

    /// <summary>The same with one more condition.</summary>
    /// <exception cref="LumenException">Its name is taken.</exception>
    public LumenRegistry With(ConditionType type) => this with { Conditions = Conditions.With(type) };
}

/// <summary>
/// Adds the types of another assembly. The command line makes one of every public class of this kind in an assembly that is given with
/// <c>--extension</c>, so it needs a constructor without arguments; a program calls it itself.
/// </summary>
public interface ILumenExtension
{
    /// <summary>The registry with this assembly's types in it.</summary>
    LumenRegistry Register(LumenRegistry registry);
}
