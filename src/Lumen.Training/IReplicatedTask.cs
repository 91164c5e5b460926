namespace Lumen.Training;

/// <summary>A task whose micro-batches several threads can compute at once, each with networks of its own that share the weights.</summary>
internal interface IReplicatedTask : ITrainingTask
{
    /// <summary>
    /// The same task - data, frozen networks, settings - with other modules of the same shapes in place of
    /// <see cref="ITrainingTask.Trained"/>.
    /// </summary>
    IReplicatedTask Replica();
}
