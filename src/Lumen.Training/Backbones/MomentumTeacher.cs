using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Training.Backbones;

/// <summary>
/// A teacher whose weights are the exponential moving average of a student\'s (Tarvainen and Valpola 2017). The average is kept in float32
/// beside the student; modules that compute in another type get it rounded.
/// </summary>
internal sealed class MomentumTeacher
{
    private readonly Follower[] _followers;

    /// <summary>Makes the teacher equal to the student and frees it of gradients.</summary>
    /// <param name="student">Modules by name.</param>
    /// <param name="teacher">Modules of the same shapes under the same names.</param>
    public MomentumTeacher(IReadOnlyDictionary<string, Module> student, IReadOnlyDictionary<string, Module> teacher)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        _followers =
        [
            .. student.SelectMany(entry =>
                entry
                    .Value.named_parameters()
                    .Zip(
                        teacher[entry.Key].named_parameters(),
                        (own, theirs) =>
                            new Follower(
                                $"{entry.Key}.{own.name}",
                                own.parameter,
                                theirs.parameter,
                                own.parameter.detach().to_type(ScalarType.Float32).clone().DetachFromDisposeScope()
                            )
                    )
            ),
        ];
        foreach (var module in teacher.Values)
        {
            module.eval();
            foreach (var parameter in module.parameters())
                parameter.requires_grad = false;
        }
        Publish();
    }

    /// <summary>The averages by name, float32: what a checkpoint holds.</summary>
    public IReadOnlyDictionary<string, Tensor> Averages =>
        _followers.ToDictionary(follower => follower.Name, follower => follower.Average, StringComparer.Ordinal);

    /// <summary>Keeps a share of the average and takes the rest from the student as it is.</summary>
    /// <param name="momentum">The share kept, 0...1.</param>
    public void Follow(double momentum)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (_, student, _, average) in _followers)
            average.mul_(momentum).add_(student.detach().to_type(ScalarType.Float32), alpha: 1 - momentum);
        Publish();
    }

    /// <summary>Puts the averages into the teacher's modules.</summary>
    public void Publish()
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (_, _, teacher, average) in _followers)
            teacher.copy_(average);
    }

    private sealed record Follower(string Name, Parameter Student, Parameter Teacher, Tensor Average);
}
