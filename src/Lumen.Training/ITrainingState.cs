using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>
/// What a task carries from step to step besides its trained weights, such as a momentum teacher: part of every checkpoint, so that a run
/// continues bit for bit.
/// </summary>
public interface ITrainingState
{
    /// <summary>Names and float32 tensors on the processor, always the same ones: a checkpoint is restored by writing into them.</summary>
    IReadOnlyDictionary<string, Tensor> State { get; }

    /// <summary>Called after every step, when the modules hold the new weights. A loss that no step followed must leave no trace.</summary>
    /// <param name="step">Steps done before the one that was just made.</param>
    void Advance(long step);

    /// <summary>Called when <see cref="State"/> was restored from a checkpoint.</summary>
    void Restored();
}
